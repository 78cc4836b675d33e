import { type ChildProcess, type SpawnOptions, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { poll } from '../../scripts/machine/poll.ts'
import { speaksPostgres } from '../../scripts/machine/port-probe.ts'

export const ROOT = resolve(import.meta.dirname, '..', '..')
/** Creating a database cluster takes four seconds, and five times as long where every core is busy. */
const READY_MS = 60_000
/** Python’s first import of a package compiles it: more than ten seconds where every core is busy. */
const FOUND_MS = 30_000

export type Environment = Readonly<Record<string, string>>

export interface RunningProcess {
  readonly child: ChildProcess
  /** Standard output and standard error so far. */
  output(): string
  stdout(): string
  stderr(): string
  /** The exit code, or null when a signal ended the process. */
  readonly exited: Promise<number | null>
  /** Sends SIGTERM and returns the exit code. */
  stop(): Promise<number | null>
}

interface Options extends SpawnOptions {
  readonly program?: string | undefined
  /** Standard input; empty by default. */
  readonly input?: string | undefined
}

/** Starts a program, Node unless `program` names another, in the repository's root unless `cwd` names another folder. */
export function spawnProcess(
  args: readonly string[],
  env: Environment,
  { program = process.execPath, input, ...options }: Options = {},
): RunningProcess {
  const stdin = input === undefined ? 'ignore' : 'pipe'
  const child = spawn(program, args, { cwd: ROOT, ...options, env, stdio: [stdin, 'pipe', 'pipe'] })
  // A process that ends early does not read all of it.
  child.stdin?.on('error', () => {}).end(input)
  const text = { output: '', stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream]?.on('data', (chunk) => {
      text[stream] += chunk
      text.output += chunk
    })
  }
  // Not `close`: a process that the program leaves in the background may keep the streams open.
  const exited = once(child, 'exit').then(([code]): number | null => code)
  return {
    child,
    exited,
    output: () => text.output,
    stdout: () => text.stdout,
    stderr: () => text.stderr,
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
  options: Options = {},
): Promise<RunningProcess> {
  const started = spawnProcess(args, env, options)
  const { child } = started
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null
  const isDecided = await poll(async () => hasEnded() || (await isHealthy(new URL(healthUrl))) || undefined, {
    deadlineMs: READY_MS,
  })
  if (isDecided && !hasEnded()) return started
  child.kill('SIGKILL')
  const end = hasEnded() ? `ended with ${child.exitCode ?? child.signalCode}` : 'was not ready in time'
  throw new Error(`${args.join(' ')} ${end}:\n${started.output()}`)
}

function isHealthy(health: URL): Promise<boolean> {
  if (health.protocol === 'postgresql:') return speaksPostgres(health.hostname, Number(health.port))
  return fetch(health).then(
    ({ ok }) => ok,
    () => false,
  )
}

/** A program that comes with no npm package. */
export interface Program {
  readonly isThere: boolean
  /** For the name of a test: the program is installed, or the test is skipped. */
  readonly kind: string
}

/** What TEST_REQUIRES may name: programs, and modules of Python, that come with no npm package. */
export const REQUIRABLE: readonly string[] = [
  ...['aws', 'chromium', 'curl', 'docker', 'go', 'initdb', 'kustomize', 'mvn', 'otelcol-contrib'],
  ...['script', 'unshare'],
  ...['amazon', 'boto3', 'duckdb', 'flask', 'honeycomb', 'opentelemetry', 'rollbar'],
]

/**
 * `version`: a command that ends with 0 where the program is installed. `name`: what TEST_REQUIRES calls it, the
 * command's first word by default.
 */
export function findProgram(version: readonly [string, ...string[]], name = version[0]): Program {
  const [file, ...args] = version
  const isThere = spawnSync(file, args, { stdio: 'ignore', timeout: FOUND_MS }).status === 0
  return {
    isThere,
    kind: isThere ? `${file} of this machine` : skipped(`${version.join(' ')} fails on this machine`, name),
  }
}

/**
 * Prints why a test is skipped, and returns it for the test's name, which only some reporters print. Throws where
 * TEST_REQUIRES, a list with commas, names the program that the test lacks: a workflow says what its machine has, and
 * its tests must not be skipped unseen.
 */
export function skipped(reason: string, program?: string): string {
  if (program !== undefined && (process.env.TEST_REQUIRES ?? '').split(',').includes(program))
    throw new Error(`TEST_REQUIRES names ${program}, and its tests would be skipped: ${reason}`)
  const text = `skipped: ${reason}`
  console.info(text)
  return text
}
