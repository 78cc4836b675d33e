import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import type { WorkspaceState } from '../../contracts/workspace-state.ts'
import type { Terminal } from '../../scripts/command-line/terminal.ts'
import { isAlive, sendSignalToGroup } from '../../scripts/machine/identity.ts'
import { poll } from '../../scripts/machine/poll.ts'
import { ensureRunning, type Running, type RunOptions } from '../../scripts/processes/ensure-running.ts'
import { findMarked } from '../../scripts/processes/marker.ts'
import type { ProcessSpec } from '../../scripts/processes/spec.ts'
import { readState, type StateFolders, stateFolders } from '../../scripts/processes/state.ts'
import { type StopReport, stopAll } from '../../scripts/processes/stop.ts'
import { readSettings, type Settings } from '../../settings/read.ts'
import { freePort } from './ports.ts'

/** What a secret looks like to these tests: it must turn up nowhere. */
export const CANARY = 'canary-5f0c1d'

/** A spec that a test may change, as a person changes settings. */
type TestSpec = { -readonly [Name in keyof ProcessSpec]: ProcessSpec[Name] } & {
  env: Record<string, string>
  sources: string[]
}

export type Behaviour = 'normal' | 'stubborn' | 'parent' | 'failing' | 'mute'

/** A state directory with processes of its own, which are gone when the test is over. */
export class TestWorkspace {
  readonly directory = realpathSync(mkdtempSync(join(tmpdir(), 'processes-')))
  readonly environment = {
    WORKSPACE_STATE_DIR: this.directory,
    WORKSPACE_ENV_FILE: join(this.directory, 'none.env'),
  }
  readonly settings: Settings = readSettings(this.environment)
  readonly said: string[] = []
  readonly terminal: Terminal = recordingTerminal(this.said)
  options: RunOptions & { specs: TestSpec[] } = { specs: [], readyMs: 20_000, stopMs: 5000 }

  get folders(): StateFolders {
    return stateFolders(this.directory)
  }

  /** The last state; a test that asks for it knows that there is one. */
  get state(): WorkspaceState {
    const state = readState(this.folders)
    if (!state) throw new Error('There is no state.')
    return state
  }

  get text(): string {
    return this.said.join('\n')
  }

  pidOf(name: string): number {
    const pid = this.state.processes.find((one) => one.name === name)?.identity.pid
    if (pid === undefined) throw new Error(`${name} has no pid.`)
    return pid
  }

  /** Adds a process, on a port that the system has to spare. */
  async add(name: string, stage = 1, behaviour: Behaviour = 'normal', env: Record<string, string> = {}) {
    const port = await freePort()
    const spec: TestSpec = {
      name,
      stage,
      uses: [],
      command: process.execPath,
      args: [join(import.meta.dirname, '..', 'fixtures', 'processes', 'server.ts')],
      env: {
        FIXTURE_NAME: name,
        FIXTURE_PORT: `${port}`,
        FIXTURE_BEHAVIOUR: behaviour,
        FIXTURE_DIARY: join(this.directory, 'diary'),
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

  ensure(): Promise<Running> {
    return ensureRunning(this.settings, this.terminal, this.options)
  }

  stop(): Promise<StopReport> {
    return stopAll(this.settings, this.terminal)
  }

  /** Runs a fixture that takes the options from a file; `wrap` may put a program around it. */
  run(fixture: 'ensure' | 'foreground', wrap: (command: string[]) => string[] = (command) => command) {
    const path = join(this.directory, 'options.json')
    writeFileSync(path, JSON.stringify(this.options))
    const [command = '', ...args] = wrap([
      process.execPath,
      join(import.meta.dirname, '..', 'fixtures', 'processes', `${fixture}.ts`),
      path,
    ])
    const child = spawn(command, args, { env: { ...process.env, ...this.environment }, stdio: 'pipe' })
    const run = { child, output: '', ended: once(child, 'exit') as Promise<[number | null, string | null]> }
    child.stdout.on('data', (chunk: Buffer) => {
      run.output += stripVTControlCharacters(`${chunk}`)
    })
    child.stderr.on('data', (chunk: Buffer) => {
      run.output += stripVTControlCharacters(`${chunk}`)
    })
    return run
  }

  /** What the fixtures noted, in the order of its happening. */
  diary(): { name: string; event: string; at: bigint }[] {
    return readFileSync(join(this.directory, 'diary'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.split(' '))
      .map(([name = '', event = '', at = '']) => ({ name, event, at: BigInt(at) }))
      .sort((a, b) => (a.at < b.at ? -1 : 1))
  }

  living(): string[] {
    return findMarked(this.directory).map(({ name }) => name)
  }

  /** Stops what is left, the hard way if need be; tells what that was. */
  async dispose(): Promise<string[]> {
    await stopAll(this.settings, recordingTerminal([]), { stopMs: 500 })
    const left = findMarked(this.directory)
    for (const { identity } of left) sendSignalToGroup(identity, 'SIGKILL')
    await until(() => left.every(({ identity }) => !isAlive(identity)), 'the last processes to end')
    rmSync(this.directory, { recursive: true, force: true })
    return left.map(({ name }) => name)
  }
}

/** Polls until it is so; fails saying what was awaited, and what was seen instead. */
export async function until(
  isSo: () => boolean | Promise<boolean>,
  what: string,
  seen = () => '',
): Promise<void> {
  const answer = await poll(async () => (await isSo()) || undefined, { deadlineMs: 15_000, everyMs: 20 })
  if (!answer) throw new Error(`Waited in vain for ${what}. Seen: ${seen()}`)
}

export function recordingTerminal(said: string[]): Terminal {
  const say = (text = '') => void said.push(text)
  return {
    line: say,
    done: say,
    warn: say,
    fail: (text, fix) => say(fix ? `${text} → ${fix}` : text),
    heading: say,
    dim: (text) => text,
    bold: (text) => text,
    progress: async (title, work, outcome = () => title) => {
      const result = await work(() => {})
      const told = outcome(result)
      say(typeof told === 'string' ? told : told.text)
      return result
    },
  }
}
