import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import { poll } from '../../scripts/machine/poll.ts'
import { speaksPostgres } from '../../scripts/machine/port-probe.ts'

const ROOT = resolve(import.meta.dirname, '..', '..')
/** Creating a database cluster takes four seconds, and five times as long where every core is busy. */
const READY_MS = 60_000

type Environment = Readonly<Record<string, string>>

export interface RunningProcess {
  readonly child: ChildProcess
  /** Standard output and standard error so far. */
  output(): string
  /** The exit code, or null when a signal ended the process. */
  readonly exited: Promise<number | null>
  /** Sends SIGTERM and returns the exit code. */
  stop(): Promise<number | null>
}

/** Starts a program, Node unless `program` names another, and does not wait for anything. */
export function spawnProcess(
  args: readonly string[],
  env: Environment,
  { program = process.execPath, detached = false }: { program?: string; detached?: boolean } = {},
): RunningProcess {
  const child = spawn(program, args, { cwd: ROOT, env, detached, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk
    })
  }
  const exited = new Promise<number | null>((done) => child.once('exit', done))
  return {
    child,
    exited,
    output: () => output,
    stop: () => {
      child.kill('SIGTERM')
      return exited
    },
  }
}

/**
 * Starts a program and waits until its health check answers: `http://…/health`, or `postgresql://host:port` for a
 * database.
 */
export async function startProcess(
  args: readonly string[],
  env: Environment,
  healthUrl: string,
  program: string = process.execPath,
): Promise<RunningProcess> {
  const started = spawnProcess(args, env, { program })
  const { child } = started
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null
  const isReady = await poll(async () => hasEnded() || (await isWell(new URL(healthUrl))) || undefined, {
    deadlineMs: READY_MS,
  })
  if (isReady && !hasEnded()) return started
  child.kill('SIGKILL')
  const end = hasEnded() ? `ended with ${child.exitCode ?? child.signalCode}` : 'was not ready in time'
  throw new Error(`${args.join(' ')} ${end}:\n${started.output()}`)
}

function isWell(health: URL): Promise<boolean> {
  if (health.protocol === 'postgresql:') return speaksPostgres(health.hostname, Number(health.port))
  return fetch(health).then(
    ({ ok }) => ok,
    () => false,
  )
}

/** A program that no package contains. `kind` is for the test's name: that the program is installed, or why the test is skipped. */
export interface Program {
  readonly isThere: boolean
  readonly kind: string
}

/** `version`: a command that ends with 0 where the program is installed. */
export function findProgram(version: readonly [string, ...string[]]): Program {
  const [file, ...args] = version
  const isThere = spawnSync(file, args, { stdio: 'ignore', timeout: 10_000 }).status === 0
  return {
    isThere,
    kind: isThere ? `${file} of this machine` : `skipped: ${version.join(' ')} fails on this machine`,
  }
}
