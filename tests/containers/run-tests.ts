import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { ROOT } from '../harness/process.ts'
import type { EngineChoice } from './engine-choice.ts'

const VITEST = join(ROOT, 'node_modules/vitest/vitest.mjs')
const CONFIG = join(ROOT, 'tests/containers/vitest.config.ts')

/** Runs the tests of this folder with an engine. `args` are vitest's. Returns its exit code. */
export function runTests(choice: EngineChoice, args: readonly string[]): Promise<number> {
  return exitOf(process.execPath, [VITEST, 'run', '--config', CONFIG, ...args], {
    TEST_ENGINE: JSON.stringify(choice),
  })
}

/** Runs a program with this process's streams, passes signals on to it, and returns its exit code; 1 after a signal. */
export function exitOf(
  file: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<number> {
  const child = spawn(file, args, { cwd: ROOT, stdio: 'inherit', env: { ...process.env, ...env } })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal))
  return new Promise((resolve) => {
    child.on('error', () => resolve(1))
    child.on('exit', (code) => resolve(code ?? 1))
  })
}
