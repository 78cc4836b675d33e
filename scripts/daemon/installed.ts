import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Settings, stateDirectory } from '../../settings/read.ts'
import { DAEMON_VERSION } from './artifact.ts'

/** Where the daemon is, or would be, installed. */
export function daemonPath(settings: Pick<Settings, 'WORKSPACE_STATE_DIR'>): string {
  return join(stateDirectory(settings), 'bin', 'xray')
}

/** The file beside the binary that says which daemon was installed. */
export function markerPath(path: string): string {
  return `${path}.json`
}

/** The text of that file. Its hash shows whether the binary was changed. */
export function markerOf(binary: Uint8Array, artifact: string): string {
  const sha256 = createHash('sha256').update(binary).digest('hex')
  return `${JSON.stringify({ version: DAEMON_VERSION, artifact, sha256 }, null, 2)}\n`
}

/** Whether exactly this version is installed, and its bytes are unchanged. */
export function isInstalled(path: string, artifact: string): boolean {
  try {
    return readFileSync(markerPath(path), 'utf8') === markerOf(readFileSync(path), artifact)
  } catch {
    return false
  }
}
