import { spawnSync } from 'node:child_process'
import { GetSamplingRulesCommand } from '@aws-sdk/client-xray'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest'
import { isFree } from '../scripts/machine/free-ports.ts'
import { type ComposeService, namesOf, readCompose } from './harness/compose.ts'
import { commandOf, readDockerfile } from './harness/dockerfile.ts'
import { Images, isOffline, isRoot, nobody } from './harness/image.ts'
import { type RunningProcess, spawnProcess } from './harness/process.ts'
import { xrayClientOf } from './harness/sandbox.ts'
import { eventually } from './harness/wait-for.ts'
import { createWorkspace, states, type TestWorkspace } from './harness/workspace.ts'

/** The containers of profile `local` with our own programs, in the order of their dependencies. */
const SERVICES = ['sandbox', 'profiles', 'api'] as const
const PORTS = ['4567', '4568', '4318', '4317', '2000']
/** A container engine waits ten seconds between SIGTERM and SIGKILL. */
const STOPPED_MS = 10_000
const READY_MS = 60_000
// Installing the packages of two images takes as long as several other tests together.
const isLong = process.env.TEST_LONG === '1'

let images: Images
let workspace: TestWorkspace
let offline: string | undefined
const running = new Map<string, RunningProcess>()
/** The folder of each, which stands for /app. */
const folders = new Map<string, string>()

/**
 * Runs docker-compose.yml without an engine: each container's command with its environment, in a folder that the steps of its
 * Dockerfile produce, as an unprivileged user. Container names become loopback, and ports become free ports.
 */
describe.runIf(isLong)(
  `docker compose --profile local, as processes${isLong ? '' : ' (skipped: npm run test:long runs it)'}`,
  () => {
    beforeAll(async () => {
      images = new Images()
      workspace = await createWorkspace()
      try {
        for (const name of SERVICES) images.build(dockerfileOf(name))
      } catch (error) {
        if (!isOffline(error)) throw error
        offline = 'npm cannot reach its registry, from which the images’ packages are installed'
        return
      }
      for (const name of SERVICES) {
        running.set(name, start(name))
        await eventually(
          () => isHealthy(name),
          (is) => is,
          READY_MS,
        )
      }
    }, 180_000)

    beforeEach((context) => {
      if (offline) context.skip(offline)
    })

    afterAll(async () => {
      for (const { child } of running.values()) child.kill('SIGKILL')
      await workspace?.dispose()
      images?.dispose()
    })

    test('verify finds one request in all three providers', async () => {
      const verification = await workspace.verify()
      const seen = [JSON.stringify(verification), ...[...running.values()].map(({ output }) => output())]
      expect(verification.ok, seen.join('\n')).toBe(true)
      expect(states(verification)).toEqual(['found', 'found', 'found'])
      expect(verification.providers.xray.segments).toBeGreaterThanOrEqual(2)
    })

    test('X-Ray’s group and rules are created as by setup', async () => {
      const { exited, output } = start('rules')
      expect(await exited, output()).toBe(0)
      const client = xrayClientOf(workspace.sandbox)
      const { SamplingRuleRecords = [] } = await client.send(new GetSamplingRulesCommand({}))
      client.destroy()
      const names = SamplingRuleRecords.map(({ SamplingRule }) => SamplingRule?.RuleName)
      expect(names.toSorted(), output()).toEqual(['Cruddur', 'CruddurRollbar', 'Default'])
    })

    test.skipIf(!isRoot)('each process runs as an unprivileged user, which only root can start', () => {
      for (const { child } of running.values()) {
        const { stdout } = spawnSync('ps', ['-o', 'uid=', '-p', String(child.pid)], { encoding: 'utf8' })
        expect(stdout.trim()).toBe(String(nobody.uid))
      }
    })

    // The last test: it stops the containers.
    test('SIGTERM ends each container in time with exit code 0, and frees its ports', async () => {
      for (const [name, { stop, output }] of [...running].reverse()) {
        const startedAt = performance.now()
        expect(await stop(), `${name}\n${output()}`).toBe(0)
        expect(performance.now() - startedAt, name).toBeLessThan(STOPPED_MS)
      }
      for (const port of [workspace.ports.api, workspace.ports.profiles, workspace.ports.sandbox])
        expect(await isFree(port)).toBe(true)
    })
  },
)

function service(name: string): ComposeService {
  // DATABASE_URL as in a person's .env: the Postgres image cannot run here.
  const found = readCompose({ DATABASE_URL: inject('databaseUrl'), COMPOSE_PROJECT_NAME: 'tracing' })[name]
  if (!found) throw new Error(`docker-compose.yml has no service ${name}`)
  return found
}

const dockerfileOf = (name: string) => service(name).build?.dockerfile ?? ''

/** Starts a container's command with the image's ENV and Compose's variables only. */
function start(name: string): RunningProcess {
  const { command, build, environment } = service(name)
  const [program, ...args] = command ?? commandOf(readDockerfile(dockerfileOf(name)), build?.target)
  expect(program).toBe('node')
  const variables = { PATH: process.env.PATH ?? '', NODE_ENV: 'production', ...here(environment) }
  const cwd = images.build(dockerfileOf(name), build?.target)
  folders.set(name, cwd)
  return spawnProcess(args, variables, { cwd, ...nobody })
}

/** Runs the health check's command. */
async function isHealthy(name: string): Promise<boolean> {
  const { child, output } = running.get(name) as RunningProcess
  if (child.exitCode !== null) throw new Error(`${name} ended with ${child.exitCode}:\n${output()}`)
  const [kind, program = '', ...args] = service(name).healthcheck?.test ?? []
  expect(kind).toBe('CMD')
  const options = { program, cwd: folders.get(name), ...nobody }
  return (await spawnProcess(args.map(moved), {}, options).exited) === 0
}

/** The environment with loopback for each container's name. */
function here(environment: Readonly<Record<string, string>>): Record<string, string> {
  const hosts = Object.entries(readCompose()).flatMap(([name, found]) => namesOf(name, found))
  const names = new RegExp(`(?<![\\w-])(${[...hosts, '0\\.0\\.0\\.0'].join('|')})(?=:\\d|$)`, 'g')
  return Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [
      name,
      ['DATABASE_URL', 'WORKSPACE_CONTAINER'].includes(name)
        ? value
        : moved(value.replace(names, '127.0.0.1')),
    ]),
  )
}

function moved(text: string): string {
  const { api, profiles, sandbox, grpc, daemon } = workspace.ports
  const all = [api, profiles, sandbox, grpc, daemon]
  const ports = new Map(PORTS.map((port, index) => [port, String(all[index])]))
  return text.replace(/(?<!\d)\d{4}(?!\d)/g, (port) => ports.get(port) ?? port)
}
