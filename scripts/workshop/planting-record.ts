import { mkdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Planting, plantingSchema } from '../../contracts/planting.ts'
import { shellWord } from '../../contracts/shell-word.ts'
import { UserError } from '../../contracts/user-error.ts'
import { type Settings, stateDirectory } from '../../settings/read.ts'
import { writeFileAtomically } from '../machine/atomic-file.ts'
import { diagnoseSystemError } from '../machine/system-error.ts'

type Place = Pick<Settings, 'WORKSPACE_STATE_DIR'>

/** Undefined before the first planting, and if the file cannot be read. */
export function readPlanting(settings: Place): Planting | undefined {
  try {
    return plantingSchema.parse(JSON.parse(readFileSync(fileOf(settings), 'utf8')))
  } catch {
    return undefined
  }
}

/** Throws a UserError where the file cannot be written. */
export function writePlanting(settings: Place, planting: Planting): void {
  const file = fileOf(settings)
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    writeFileAtomically(file, `${JSON.stringify(planting, null, 2)}\n`, 0o600)
  } catch (error) {
    const { what, fix } = diagnoseSystemError(error) ?? {
      what: `${(error as Error).message}.`,
      fix: `Move away what is in the way: mv ${shellWord(file)} ${shellWord(`${file}.away`)}`,
    }
    const diagnosis = { code: 'PLANTING_UNWRITABLE', what: `What is planted cannot be noted: ${what}`, fix }
    throw new UserError(diagnosis, { cause: error })
  }
}

function fileOf(settings: Place): string {
  return join(stateDirectory(settings), 'workshop', 'planting.json')
}
