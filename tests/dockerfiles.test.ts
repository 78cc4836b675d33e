import { spawnSync } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { commandOf, copyOf, isDockerIgnored, readDockerfile } from './harness/dockerfile.ts'
import { ROOT } from './harness/process.ts'

const ignore = readFileSync(join(ROOT, '.dockerignore'), 'utf8').split('\n')

describe.each(['backend/Dockerfile', 'sandbox/Dockerfile'])('%s', (path) => {
  const stages = readDockerfile(path)
  const last = stages.at(-1)
  const instructions = stages.flatMap((stage) => stage.instructions)

  test('ends in a stage that installs nothing and runs as an unprivileged user', () => {
    expect(last?.name).toBeUndefined()
    expect(last?.instructions.filter(({ rest }) => rest.includes('npm'))).toEqual([])
    expect(last?.instructions.findLast(({ verb }) => verb === 'USER')?.rest).toBe('node')
    expect(last?.instructions).toContainEqual({ verb: 'ENV', rest: 'NODE_ENV=production' })
  })

  test('runs node, with files that exist', () => {
    const [program, ...args] = commandOf(stages)
    expect(program).toBe('node')
    for (const file of args.filter((arg) => arg !== '--import'))
      expect(existsSync(join(ROOT, file)), file).toBe(true)
  })

  test('has one base image, with the workspace’s Node version', () => {
    const major = readFileSync(join(ROOT, '.nvmrc'), 'utf8').trim().replace(/^v/, '').split('.')[0]
    expect(new Set(stages.map(({ base }) => base))).toEqual(new Set([`node:${major}-bookworm-slim`]))
  })

  test('installs only packages that are needed at run time', () => {
    const packages = stages.find(({ name }) => name === 'packages')
    expect(packages?.instructions.at(-1)).toEqual({ verb: 'RUN', rest: 'npm ci --omit=dev --omit=optional' })
    expect(last?.instructions).toContainEqual({
      verb: 'COPY',
      rest: '--from=packages /app/node_modules ./node_modules',
    })
  })

  test('has shell commands that parse', () => {
    const commands = instructions.flatMap(({ verb, rest }) => (verb === 'RUN' ? rest : []))
    expect(commands).not.toEqual([])
    for (const command of commands) {
      const { status, stderr } = spawnSync('sh', ['-n'], { input: command, encoding: 'utf8' })
      expect(status, `${command}\n${stderr}`).toBe(0)
    }
  })

  test('copies existing files that are not ignored, from existing stages', () => {
    for (const instruction of instructions.filter(({ verb }) => verb === 'COPY')) {
      const { from, sources } = copyOf(instruction)
      if (from) {
        expect(stages.map(({ name }) => name)).toContain(from)
        continue
      }
      for (const source of sources) {
        expect(existsSync(join(ROOT, source)), source).toBe(true)
        expect(ignore).toContain(`!${source}`)
      }
    }
  })
})

test('the viewer’s build has the configuration that viewer/tsconfig.json extends', () => {
  const [tools] = readDockerfile('sandbox/Dockerfile').filter(({ name }) => name === 'tools')
  const copied = tools?.instructions.flatMap((instruction) =>
    instruction.verb === 'COPY' ? copyOf(instruction).sources : [],
  )
  const config = join('viewer', 'tsconfig.json')
  const { extends: base } = z
    .object({ extends: z.string() })
    .parse(JSON.parse(readFileSync(join(ROOT, config), 'utf8')))
  expect(copied).toContain(join('viewer', base))
})

test('.dockerignore sends every module of each folder', () => {
  const files = [
    'analysis',
    'settings',
    'contracts',
    'aws',
    'backend',
    'sandbox',
    'viewer',
    'scripts',
  ].flatMap((folder) =>
    globSync(`${folder}/**/*.ts`, { cwd: ROOT, exclude: ['**/*.test.ts', 'viewer/dist/**'] }),
  )
  expect(files.length).toBeGreaterThan(250)
  expect(files.filter(isDockerIgnored)).toEqual([])
})

test.each(['.env', 'backend/.env', 'scripts/.env.local', '.git/config', 'node_modules/x/index.js'])(
  '.dockerignore excludes %s',
  (path) => expect(isDockerIgnored(path)).toBe(true),
)

test('.dockerignore excludes everything that it does not name, and files of secrets in every folder', () => {
  expect(ignore.filter((line) => line !== '' && !line.startsWith('#'))[0]).toBe('*')
  expect(ignore).toEqual(expect.arrayContaining(['**/.env', '**/.env.*']))
})
