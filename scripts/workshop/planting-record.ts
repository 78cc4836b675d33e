import { mkdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Planting, plantingSchema } from '../../contracts/planting.ts'
import { type Settings, stateDirectory } from '../../settings/read.ts'
import { writeFileAtomically } from '../machine/atomic-file.ts'

type Place = Pick<Settings, 'WORKSPACE_STATE_DIR'>

/** Undefined before the first planting, and if the file cannot be read. */
export function readPlanting(settings: Place): Planting | undefined {
  try {
    return plantingSchema.parse(JSON.parse(readFileSync(fileOf(settings), 'utf8')))
  } catch {
    return undefined
  }
}

export function writePlanting(settings: Place, planting: Planting): void {
  const file = fileOf(settings)
  mkdirSync(dirname(file), { recursive: true })
  writeFileAtomically(file, `${JSON.stringify(planting, null, 2)}\n`, 0o600)
}

function fileOf(settings: Place): string {
  return join(stateDirectory(settings), 'workshop', 'planting.json')
}
