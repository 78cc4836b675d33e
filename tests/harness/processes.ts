import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'
import { test as base, describe, expect } from 'vitest'
import { shellWord } from '../../contracts/shell-word.ts'
import type { Identity, WorkspaceState } from '../../contracts/workspace-state.ts'
import { createTerminal, type Terminal } from '../../scripts/command-line/terminal.ts'
import { hasEnded, isSuspended, sendSignalToGroup } from '../../scripts/machine/identity.ts'
import { ensureRunning, type Running, type RunOptions } from '../../scripts/processes/ensure-running.ts'
import { findMarked } from '../../scripts/processes/living.ts'
import type { ProcessSpec } from '../../scripts/processes/spec.ts'
import { readState, type StateFolders, stateFolders } from '../../scripts/processes/state.ts'
import { type StopReport, stopAll } from '../../scripts/processes/stop.ts'
import { readSettings, type Settings } from '../../settings/read.ts'
import { freePort } from './ports.ts'
import { eventually } from './wait-for.ts'

/** A secret that every fixture gets and that no file or command line may show. */
export const CANARY = 'canary-5f0c1d'

/** How long a process may take to end on a busy machine (ms). */
const END_MS = 15_000

const FIXTURES = join(import.meta.dirname, '..', 'fixtures', 'processes')

/** A spec that a test may change, as a person changes settings. */
export type TestSpec = { -readonly [Name in keyof ProcessSpec]: ProcessSpec[Name] } & {
  env: Record<string, string>
  sources: string[]
}

/** See tests/fixtures/processes/server.ts. */
export type Behaviour = 'normal' | 'stubborn' | 'parent' | 'failing' | 'mute'

/** Gives each test a workspace, and fails a test that has left a process behind. */
export const test = base.extend<{ workspace: FixtureWorkspace }>({
  // biome-ignore lint/correctness/noEmptyPattern: from the pattern vitest reads which other fixtures this one needs.
  workspace: async ({}, use) => {
    const workspace = new FixtureWorkspace()
    await use(workspace)
    expect(await workspace.dispose()).toEqual([])
  },
})

/** Tests that look for processes left behind, which is possible only on Linux. */
export function describeProcesses(name: string, define: () => void): void {
  describe.runIf(process.platform === 'linux')(name, { timeout: 60_000 }, define)
}

/** A state directory and fixtures as its processes. Its name has a space, as a person's folder may have. */
export class FixtureWorkspace {
  readonly directory = realpathSync(mkdtempSync(join(tmpdir(), 'processes of ')))
  readonly environment = {
    WORKSPACE_STATE_DIR: this.directory,
    WORKSPACE_ENV_FILE: join(this.directory, 'none.env'),
  }
  readonly settings: Settings = readSettings(this.environment)
  /** The lines that commands in this process have printed. */
  readonly printed: string[] = []
  readonly terminal: Terminal = recordingTerminal(this.printed)
  options: RunOptions & { specs: TestSpec[] } = { specs: [], readyMs: 20_000 }

  get folders(): StateFolders {
    return stateFolders(this.directory)
  }

  /** The last state; throws where there is none. */
  get state(): WorkspaceState {
    const state = readState(this.folders)
    if (!state) throw new Error('There is no state.')
    return state
  }

  get text(): string {
    return this.printed.join('\n')
  }

  identityOf(name: string): Identity {
    const record = this.state.processes.find((one) => one.name === name)
    if (!record) throw new Error(`${name} has not been started.`)
    return record.identity
  }

  pidOf(name: string): number {
    return this.identityOf(name).pid
  }

  /** Adds a process on a free port. */
  async add(name: string, stage = 1, behaviour: Behaviour = 'normal', env: Record<string, string> = {}) {
    const port = await freePort()
    const spec: TestSpec = {
      name,
      stage,
      uses: [],
      command: process.execPath,
      args: [join(FIXTURES, 'server.ts')],
      env: {
        FIXTURE_NAME: name,
        FIXTURE_PORT: `${port}`,
        FIXTURE_BEHAVIOUR: behaviour,
        FIXTURE_EVENTS: join(this.directory, 'events'),
        HONEYCOMB_API_KEY: CANARY,
        ...env,
      },
      cwd: this.directory,
      sources: [],
      ports: [{ port, protocol: 'tcp', host: '127.0.0.1', variable: 'PORT' }],
      ready: { kind: 'http', url: `http://127.0.0.1:${port}/health` },
      url: `http://127.0.0.1:${port}`,
    }
    this.options.specs.push(spec)
    return spec
  }

  /** Adds a sandbox, and an api that starts after it. */
  async addTwo(api: Behaviour = 'normal'): Promise<void> {
    await this.add('sandbox', 1)
    await this.add('api', 2, api)
  }

  /** Adds three processes. The api takes longest to end, so that a stop that does not wait for it is seen to be early. */
  async addThree(): Promise<void> {
    await this.add('sandbox', 1)
    await this.add('profiles', 3, 'normal', { FIXTURE_END_MS: '100' })
    await this.add('api', 3, 'normal', { FIXTURE_END_MS: '400' })
  }

  ensure(): Promise<Running> {
    return ensureRunning(this.settings, this.terminal, this.options)
  }

  stop(): Promise<StopReport> {
    return stopAll(this.settings, this.terminal)
  }

  /** Makes a process exit with 7, and waits until it is dead. */
  async crash({ name, url }: ProcessSpec): Promise<void> {
    const identity = this.identityOf(name)
    await fetch(`${url}/exit`)
    expect(await hasEnded(identity, END_MS)).toBe(true)
  }

  /** Suspends a process, and waits until the system has done it. */
  async suspend(name: string): Promise<void> {
    const identity = this.identityOf(name)
    process.kill(identity.pid, 'SIGSTOP')
    await eventually(
      () => isSuspended(identity),
      (isDone) => isDone,
    )
  }

  /** Runs a fixture that takes the options from a file; `wrap` may put a program around it. */
  run(
    fixture: 'ensure' | 'foreground' | 'stop',
    wrap: (command: string[]) => string[] = (command) => command,
  ) {
    const path = join(this.directory, 'options.json')
    writeFileSync(path, JSON.stringify(this.options))
    const [command = '', ...args] = wrap([process.execPath, join(FIXTURES, `${fixture}.ts`), path])
    const child = spawn(command, args, { env: { ...process.env, ...this.environment }, stdio: 'pipe' })
    const run = {
      child,
      output: '',
      // With all of its output.
      ended: once(child, 'close') as Promise<[number | null, string | null]>,
      shows: (text: string) =>
        eventually(
          () => run.output,
          (output) => output.includes(text),
        ),
      kill: () => {
        child.kill('SIGKILL')
        return run.ended
      },
    }
    child.stdin.on('error', () => {}) // The command may end while a test still types.
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        run.output += stripVTControlCharacters(`${chunk}`)
      })
    }
    return run
  }

  /** Runs the fixture that does what `npm start` does, until all processes are ready. */
  async runForeground(wrap?: (command: string[]) => string[]) {
    const run = this.run('foreground', wrap)
    await run.shows('Everything runs')
    return run
  }

  /** What the fixtures have noted, in the order of time: `api listens`, `api SIGTERM`, `api ends`. */
  events(): string[] {
    const file = join(this.directory, 'events')
    const lines = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []
    return lines
      .map((line) => /^(.+) (\d+)$/.exec(line) ?? [])
      .sort(([, , a = 0], [, , b = 0]) => (BigInt(a) < BigInt(b) ? -1 : 1))
      .map(([, event = '']) => event)
  }

  endEvents(): string[] {
    return this.events().filter((event) => !event.endsWith('listens'))
  }

  /** The names of the processes that run, sorted. */
  living(): string[] {
    return findMarked(this.directory)
      .map(({ name }) => name)
      .sort()
  }

  async waitForEvent(event: string): Promise<void> {
    await eventually(
      () => this.events(),
      (events) => events.includes(event),
    )
  }

  /** Waits until exactly these processes run. */
  async waitForLiving(...names: string[]): Promise<void> {
    await eventually(
      () => this.living(),
      (living) => living.join() === names.join(),
    )
  }

  /** Stops every process and removes the folder. Kills the processes that a stop has left, and returns their names. */
  async dispose(): Promise<string[]> {
    await stopAll(this.settings, recordingTerminal([]), { stopMs: 500 })
    const left = findMarked(this.directory)
    for (const { identity } of left) sendSignalToGroup(identity, 'SIGKILL')
    await this.waitForLiving()
    rmSync(this.directory, { recursive: true, force: true })
    return left.map(({ name }) => name)
  }
}

/** Runs a command under a pseudo-terminal, which closes when `script` is killed. */
export function inTerminal(command: string[]): string[] {
  return ['script', '-qec', command.map(shellWord).join(' '), '/dev/null']
}

/** Adds what is printed to `printed`. */
export function recordingTerminal(printed: string[]): Terminal {
  const stream = new Writable({
    write(chunk, _encoding, done) {
      printed.push(`${chunk}`.replace('\n  → ', ' → ').replace(/\n$/, ''))
      done()
    },
  })
  return createTerminal(stream as NodeJS.WriteStream)
}
