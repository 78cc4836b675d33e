import { spawnSync } from 'node:child_process'
import type { Settings } from '../../settings/read.ts'
import { untilInterrupted } from '../command-line/interruption.ts'
import type { Terminal } from '../command-line/terminal.ts'
import { COLLECTOR } from '../tail-sampling/collectors.ts'
import { runTailSampling } from '../tail-sampling/run.ts'

const VERSION_MS = 10_000
const INTERRUPTED = 130 // 128 + SIGINT, as shells have it

/** Chapter 12's run of the collectors. Without a collector on this machine it says so, and that is no failure. */
export async function showCollector(settings: Settings, terminal: Terminal): Promise<void> {
  if (spawnSync(COLLECTOR, ['--version'], { stdio: 'ignore', timeout: VERSION_MS }).status !== 0) {
    terminal.line(
      `There is no ${COLLECTOR} on this machine’s PATH; get it from https://github.com/open-telemetry/opentelemetry-collector-releases/releases (0.161), or read in workshop/12-production/README.md what it would have shown.`,
    )
    return
  }
  const interrupted = untilInterrupted()
  const isKept = await runTailSampling(settings, terminal, interrupted)
  if (interrupted.aborted) process.exit(INTERRUPTED)
  if (!isKept) process.exitCode = 1
}
