import { type ChildProcess, spawn } from 'node:child_process'
import { resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

const ROOT = resolve(import.meta.dirname, '..', '..')
const READY_MS = 20_000

export interface RunningProcess {
  readonly child: ChildProcess
  output(): string
  /** SIGTERM, and the exit code. */
  stop(): Promise<number | null>
}

/** Starts one process of the workspace by itself, and waits until its health check answers. */
export async function startProcess(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  healthUrl: string,
): Promise<RunningProcess> {
  const child = spawn(process.execPath, args, {
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
    if (
      await fetch(healthUrl).then(
        ({ ok }) => ok,
        () => false,
      )
    )
      break
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
