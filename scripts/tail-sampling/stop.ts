import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Settings, stateDirectory } from '../../settings/read.ts'
import { silentTerminal } from '../command-line/terminal.ts'
import { stopAll } from '../processes/stop.ts'

/** Where a run keeps its processes' state, logs and queues. */
export function tailSamplingFolder(settings: Pick<Settings, 'WORKSPACE_STATE_DIR'>): string {
  return join(stateDirectory(settings), 'workshop', 'tail-sampling')
}

/** Stops what a run has started and left, and removes its folder. Nothing there is fine. */
export async function stopTailSampling(settings: Pick<Settings, 'WORKSPACE_STATE_DIR'>): Promise<void> {
  const folder = tailSamplingFolder(settings)
  await stopAll({ WORKSPACE_STATE_DIR: folder }, silentTerminal())
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
}
