import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { GetSamplingRulesCommand } from '@aws-sdk/client-xray'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { poll } from '../scripts/machine/poll.ts'
import { type ComposeService, namesOf, readCompose } from './harness/compose.ts'
import { commandOf, readDockerfile } from './harness/dockerfile.ts'
import { Images, isOffline, isRoot, nobody } from './harness/image.ts'
import { isFree } from './harness/ports.ts'
import { xrayClientOf } from './harness/sandbox.ts'
import { createWorkspace, states, type TestWorkspace } from './harness/workspace.ts'

/** The containers of profile `local` with our own programs, in the order of their dependencies. */
const SERVICES = ['sandbox', 'profiles', 'api'] as const
const PORTS = ['4567', '4568', '4318', '2000']
/** A container engine waits ten seconds between SIGTERM and SIGKILL. */
const STOPPED_MS = 10_000
const READY_MS = 60_000

let images: Images
let workspace: TestWorkspace
let offline: string | undefined
const running = new Map<string, ChildProcess>()
const output = new Map<string, string>()

/**
 * Runs docker-compose.yml without an engine: each container's command with its environment, in a folder that the steps of its
 * Dockerfile produce, as an unprivileged user. Container names become loopback, and ports become free ports.
 */
beforeAll(async () => {
  if (process.env.TEST_LONG !== '1') return
  images = new Images()
  workspace = await createWorkspace()
  const folders = new Map<string, string>()
  try {
    for (const name of SERVICES) {
      const dockerfile = service(name).build?.dockerfile ?? ''
      if (!folders.has(dockerfile)) folders.set(dockerfile, images.build(dockerfile))
    }
  } catch (error) {
    if (!isOffline(error)) throw error
    offline = 'npm cannot reach its registry, from which the images’ packages are installed'
    return
  }
  for (const name of SERVICES) {
    start(name, folders.get(service(name).build?.dockerfile ?? '') ?? '')
    await isReady(name)
  }
}, 180_000)

afterAll(async () => {
  for (const child of running.values()) child.kill('SIGKILL')
  await workspace?.dispose()
  images?.dispose()
})

// Installing the packages of two images takes as long as several other tests together.
const isWhole = process.env.TEST_LONG === '1'

describe.runIf(isWhole)(
  `docker compose --profile local, as processes${isWhole ? '' : ' (skipped: npm run test:long runs it)'}`,
  () => {
    test('verify finds one request in all three providers', async (context) => {
      if (offline) return context.skip(offline)
      const verification = await workspace.verify()
      const seen = `${JSON.stringify(verification)}${[...output].flat().join('\n')}`
      expect(verification.ok, seen).toBe(true)
      expect(states(verification)).toEqual(['found', 'found', 'found'])
      expect(verification.providers.xray.segments).toBeGreaterThanOrEqual(2)
    })

    test('X-Ray’s group and rules are created as by setup', async (context) => {
      if (offline) return context.skip(offline)
      const { build, command = [], environment } = service('rules')
      const folder = images.build(build?.dockerfile ?? '', build?.target)
      const [program, ...args] = command
      expect(program).toBe('node')
      const child = spawn(process.execPath, args, {
        cwd: folder,
        env: { PATH: process.env.PATH, ...here(environment) },
        ...nobody,
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      let said = ''
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += chunk))
      expect(await new Promise((done) => child.once('exit', done)), said).toBe(0)
      const client = xrayClientOf(workspace.sandbox)
      const { SamplingRuleRecords = [] } = await client.send(new GetSamplingRulesCommand({}))
      client.destroy()
      const names = SamplingRuleRecords.map(({ SamplingRule }) => SamplingRule?.RuleName)
      expect(names.toSorted(), said).toEqual(['Cruddur', 'CruddurRollbar', 'Default'])
    })

    test('each process runs as an unprivileged user', (context) => {
      if (offline) return context.skip(offline)
      if (!isRoot) return context.skip('only root can start a process as another user')
      for (const child of running.values()) {
        const { stdout } = spawnSync('ps', ['-o', 'uid=', '-p', String(child.pid)], { encoding: 'utf8' })
        expect(stdout.trim()).toBe(String(nobody.uid))
      }
    })

    test('SIGTERM ends each container in time with exit code 0, and frees its ports', async (context) => {
      if (offline) return context.skip(offline)
      for (const name of SERVICES.toReversed()) {
        const child = running.get(name)
        const exited = new Promise<number | null>((done) => child?.once('exit', done))
        const startedAt = performance.now()
        child?.kill('SIGTERM')
        expect(await exited, `${name}\n${output.get(name)}`).toBe(0)
        expect(performance.now() - startedAt, name).toBeLessThan(STOPPED_MS)
      }
      for (const port of [workspace.ports.api, workspace.ports.profiles, workspace.ports.sandbox])
        expect(await isFree(port)).toBe(true)
    })
  },
)

function service(name: string): ComposeService {
  // DATABASE_URL as in a person's .env: the Postgres image cannot run here.
  const found = readCompose({ DATABASE_URL: inject('databaseUrl') })[name]
  if (!found) throw new Error(`docker-compose.yml has no service ${name}`)
  return found
}

function start(name: string, folder: string): void {
  const { command, build, environment } = service(name)
  const [program, ...args] = command ?? commandOf(readDockerfile(build?.dockerfile ?? ''))
  expect(program).toBe('node')
  const child = spawn(process.execPath, args, {
    cwd: folder,
    // The image's ENV and Compose's variables only.
    env: { PATH: process.env.PATH, NODE_ENV: 'production', ...here(environment) },
    ...nobody,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.set(name, child)
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => output.set(name, `${output.get(name) ?? ''}${chunk}`))
}

async function isReady(name: string): Promise<void> {
  const healthy = await poll(async () => (await isHealthy(name)) || undefined, { deadlineMs: READY_MS })
  if (!healthy) throw new Error(`${name} is not healthy:\n${output.get(name)}`)
}

/** Runs the health check's command. */
async function isHealthy(name: string): Promise<boolean> {
  const child = running.get(name)
  if (child?.exitCode !== null) throw new Error(`${name} ended with ${child?.exitCode}:\n${output.get(name)}`)
  const [kind, program, ...args] = service(name).healthcheck?.test ?? []
  expect([kind, program]).toEqual(['CMD', 'node'])
  const check = spawn(process.execPath, args.map(moved), { stdio: 'ignore', ...nobody })
  return (await new Promise((done) => check.once('exit', done))) === 0
}

function here(environment: Readonly<Record<string, string>>): Record<string, string> {
  const hosts = Object.entries(readCompose()).flatMap(([name, found]) => namesOf(name, found))
  const names = new RegExp(`(?<![\\w-])(${[...hosts, '0\\.0\\.0\\.0'].join('|')})(?=:\\d|$)`, 'g')
  return Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [
      name,
      name === 'DATABASE_URL' ? value : moved(value.replace(names, '127.0.0.1')),
    ]),
  )
}

function moved(text: string): string {
  const { api, profiles, sandbox, daemon } = workspace.ports
  const ports = new Map(PORTS.map((port, index) => [port, String([api, profiles, sandbox, daemon][index])]))
  return text.replace(/(?<!\d)\d{4}(?!\d)/g, (port) => ports.get(port) ?? port)
}
