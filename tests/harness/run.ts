import { spawn } from 'node:child_process'

export interface Finished {
  /** Null when a signal ended the command. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  readonly durationMs: number
}

export interface RunOptions {
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly input?: string
  readonly timeoutMs?: number
}

/** Runs a command to its end, without a terminal; its standard input is empty unless given. */
export async function run(file: string, args: readonly string[], options: RunOptions): Promise<Finished> {
  const startedAt = performance.now()
  const child = spawn(file, args, {
    cwd: options.cwd,
    env: { ...options.env },
    stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    timeout: options.timeoutMs ?? 60_000,
    killSignal: 'SIGKILL',
  })
  child.stdin?.end(options.input)
  let stdout = ''
  let stderr = ''
  child.stdout?.on('data', (chunk) => {
    stdout += chunk
  })
  child.stderr?.on('data', (chunk) => {
    stderr += chunk
  })
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    // Not `close`: a process that the command leaves in the background may keep the streams open.
    child.on('exit', (exitCode) => setImmediate(() => resolve(exitCode)))
  })
  return { code, stdout, stderr, durationMs: performance.now() - startedAt }
}
