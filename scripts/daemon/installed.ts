import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { type Settings, stateDirectory } from '../../settings/read.ts'

/** The file beside the binary that says what was installed. */
const markerSchema = z.object({
  version: z.string(),
  artifact: z.string(),
  /** Of the binary, in hex. */
  sha256: z.string(),
})

export type Marker = z.output<typeof markerSchema>

/** Where the daemon is, or would be, installed. */
export function daemonPath(settings: Pick<Settings, 'WORKSPACE_STATE_DIR'>): string {
  return join(stateDirectory(settings), 'bin', 'xray')
}

export function markerPath(binary: string): string {
  return `${binary}.json`
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** Whether exactly this version is installed, and its bytes are unchanged. */
export function isInstalled(binary: string, version: string, artifact: string): boolean {
  try {
    const marker = markerSchema.parse(JSON.parse(readFileSync(markerPath(binary), 'utf8')))
    return (
      marker.version === version &&
      marker.artifact === artifact &&
      marker.sha256 === sha256(readFileSync(binary))
    )
  } catch {
    return false
  }
}
