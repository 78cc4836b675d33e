import { spawnSync } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { readCompose } from './harness/compose.ts'
import {
  commandOf,
  copyOf,
  isDockerIgnored,
  readDockerfile,
  type Stage,
  tagOf,
} from './harness/dockerfile.ts'
import { modulesOf, packagesOf } from './harness/imports.ts'
import { ROOT } from './harness/process.ts'

/** The stages that are images: the last one, and those that docker-compose.yml builds by their name. */
function imagesOf(stages: readonly Stage[]): Stage[] {
  const targets = Object.values(readCompose()).map(({ build }) => build?.target)
  return stages.filter(({ name }) => name === undefined || targets.includes(name))
}
const copiesOf = ({ instructions }: Stage) => instructions.filter(({ verb }) => verb === 'COPY').map(copyOf)

/** The modules of folders, without their tests. */
const sourcesOf = (...folders: string[]) =>
  folders.flatMap((folder) => globSync(`${folder}/**/*.ts`, { cwd: ROOT, exclude: ['**/*.test.ts'] }))

const ignore = readFileSync(join(ROOT, '.dockerignore'), 'utf8').split('\n')

/** What each image runs, and so which packages it needs. Containers have a Postgres server, so the embedded one stays out. */
const PACKAGES: Readonly<Record<string, { stage: string; packages: () => string[] }[]>> = {
  'backend/Dockerfile': [
    {
      stage: 'packages',
      packages: () =>
        packagesOf(sourcesOf('settings', 'contracts', 'backend')).filter(
          (name) => !name.startsWith('@electric-sql/'),
        ),
    },
  ],
  'sandbox/Dockerfile': [
    { stage: 'packages', packages: () => packagesOf(sourcesOf('settings', 'contracts', 'sandbox')) },
    {
      stage: 'rules-packages',
      packages: () => packagesOf(modulesOf('scripts/commands/aws.ts'), { dynamic: false }),
    },
  ],
}
const KEEP = 'node scripts/images/keep-packages.ts '

describe.each(['backend/Dockerfile', 'sandbox/Dockerfile'])('%s', (path) => {
  const stages = readDockerfile(path)
  const last = stages.at(-1)
  const instructions = stages.flatMap((stage) => stage.instructions)

  test('ends in a stage that installs nothing and runs as an unprivileged user', () => {
    expect(last?.name).toBeUndefined()
    for (const { instructions } of imagesOf(stages)) {
      expect(instructions.filter(({ rest }) => rest.includes('npm'))).toEqual([])
      expect(instructions.findLast(({ verb }) => verb === 'USER')?.rest).toBe('node')
      expect(instructions).toContainEqual({ verb: 'ENV', rest: 'NODE_ENV=production' })
    }
  })

  test('runs node, with files that exist', () => {
    for (const { name } of imagesOf(stages)) {
      const [program, ...args] = commandOf(stages, name)
      expect(program).toBe('node')
      for (const file of args.filter((arg) => arg !== '--import'))
        expect(existsSync(join(ROOT, file)), file).toBe(true)
    }
  })

  test('has packages in its images only after the others were removed: exactly those that its sources import', () => {
    const named = stages.flatMap(({ name, instructions }) =>
      instructions
        .filter(({ rest }) => rest.startsWith(KEEP))
        .map(({ rest }) => [name, rest.slice(KEEP.length).split(' ')]),
    )
    expect(Object.fromEntries(named)).toEqual(
      Object.fromEntries(PACKAGES[path]?.map(({ stage, packages }) => [stage, packages()]) ?? []),
    )
    for (const { from, sources } of imagesOf(stages).flatMap(copiesOf))
      if (sources.includes('/app/node_modules'))
        expect(stages.find(({ name }) => name === from)?.instructions.at(-1)?.rest).toContain(KEEP)
  })

  test('copies the clone’s files into its images through a stage that makes them readable for every user', () => {
    for (const copy of imagesOf(stages).flatMap(copiesOf)) {
      expect(copy.from, copy.sources.join(' ')).toBeDefined()
      if (copy.sources.includes('/app/node_modules')) continue
      const stage = stages.find(({ name }) => name === copy.from)
      expect(stage?.instructions.at(-1)).toEqual({ verb: 'RUN', rest: 'chmod -R a+rX,go-w .' })
    }
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
        expect(ignore).toContain(`!${source.startsWith('docs/') ? source : source.split('/')[0]}`)
      }
    }
  })
})

describe.each(['backend/Dockerfile', 'sandbox/Dockerfile', 'collector/Dockerfile'])('%s', (path) => {
  test('has base images with digests, and the workspace’s Node version', () => {
    const stages = readDockerfile(path)
    const images = stages.map(({ base }) => base).filter((base) => !stages.some(({ name }) => name === base))
    for (const image of images) expect(image).toMatch(/^[\w./-]+:\d[\w.-]+@sha256:[0-9a-f]{64}$/)
    const major = readFileSync(join(ROOT, '.nvmrc'), 'utf8').trim().replace(/^v/, '').split('.')[0]
    const ofNode = images.filter((image) => image.startsWith('node:'))
    expect(new Set(ofNode.map(tagOf))).toEqual(new Set([`node:${major}-bookworm-slim`]))
    expect(new Set(ofNode)).toEqual(new Set([readDockerfile('backend/Dockerfile')[0]?.base]))
  })
})

test('the collector’s image has this folder, readable for every user', () => {
  const [files, last] = readDockerfile('collector/Dockerfile')
  expect(files?.instructions).toEqual([
    { verb: 'WORKDIR', rest: '/etc/collector' },
    { verb: 'COPY', rest: 'collector ./' },
    { verb: 'RUN', rest: 'chmod -R a+rX,go-w .' },
  ])
  expect(last?.instructions).toEqual([{ verb: 'COPY', rest: '--from=files /etc/collector /etc/collector' }])
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
