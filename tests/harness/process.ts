import { type ChildProcess, spawn } from 'node:child_process'
import { resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { speaksPostgres } from '../../scripts/processes/readiness.ts'

const ROOT = resolve(import.meta.dirname, '..', '..')
/** A cluster that is made anew takes four seconds, and five times as long where every core is busy. */
const READY_MS = 60_000

export interface RunningProcess {
  readonly child: ChildProcess
  output(): string
  /** SIGTERM, and the exit code. */
  stop(): Promise<number | null>
}

/**
 * Starts one process of the workspace by itself, Node unless another program is named, and waits until its health
 * check answers: `http://…/health`, or `postgresql://host:port` where a database has to answer.
 */
export async function startProcess(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  healthUrl: string,
  program: string = process.execPath,
): Promise<RunningProcess> {
  const child = spawn(program, args, {
    cwd: ROOT,
    env: { ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk
    })
  }
  const exited = new Promise<number | null>((done) => child.once('exit', done))
  const deadline = Date.now() + READY_MS
  for (;;) {
    if (child.exitCode !== null) throw new Error(`${args.join(' ')} ended with ${child.exitCode}:\n${output}`)
    if (await isWell(new URL(healthUrl))) break
    if (Date.now() > deadline) {
      child.kill('SIGKILL')
      throw new Error(`${args.join(' ')} was not ready in time:\n${output}`)
    }
    await delay(50)
  }
  return {
    child,
    output: () => output,
    stop: () => {
      child.kill('SIGTERM')
      return exited
    },
  }
}

function isWell(health: URL): Promise<boolean> {
  if (health.protocol === 'postgresql:') return speaksPostgres(health.hostname, Number(health.port))
  return fetch(health).then(
    ({ ok }) => ok,
    () => false,
  )
}

/** The embedded Postgres of a workspace. */
export function startDatabase(env: Readonly<Record<string, string>>): Promise<RunningProcess> {
  return startProcess(
    ['--liftoff-only', 'backend/database/server.ts'],
    env,
    `postgresql://127.0.0.1:${env.DATABASE_PORT}`,
  )
}
