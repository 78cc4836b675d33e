import { setImmediate as nextTurn } from 'node:timers/promises'
import { type Environment, spawnProcess } from './process.ts'

const TIMEOUT_MS = 60_000

export interface Finished {
  /** Null when a signal ended the command. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  readonly durationMs: number
}

/** Runs a command to its end, without a terminal; its standard input is empty unless given. */
export async function run(
  file: string,
  args: readonly string[],
  {
    env,
    timeoutMs = TIMEOUT_MS,
    ...options
  }: {
    readonly cwd?: string
    readonly env: Environment
    readonly input?: string
    readonly timeoutMs?: number
  },
): Promise<Finished> {
  const startedAt = performance.now()
  const { exited, stdout, stderr } = spawnProcess(args, env, {
    ...options,
    program: file,
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
  })
  const code = await exited
  // Output that has arrived by now is read in this turn of the event loop.
  await nextTurn()
  return { code, stdout: stdout(), stderr: stderr(), durationMs: performance.now() - startedAt }
}
