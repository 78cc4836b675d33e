import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Diagnosis } from '../../contracts/diagnosis.ts'
import { keptAt } from '../../contracts/kept-data.ts'
import { shellWord } from '../../contracts/shell-word.ts'

/** Where a process keeps its data, in the state folder. */
const DATA = 'data'

/**
 * The data that the database could not open, and has kept aside since `since`: one diagnosis, or none. It is told until a
 * person has moved or deleted the folder.
 */
export function findKeptData(stateFolder: string, since = new Date(0)): Diagnosis[] {
  const folder = join(stateFolder, DATA)
  const kept = namesIn(folder).flatMap((name) => {
    const at = keptAt(name)
    return at && at >= since ? [{ path: join(folder, name), at }] : []
  })
  const last = kept.toSorted((a, b) => a.at.getTime() - b.at.getTime()).at(-1)
  if (!last) return []
  const others = kept.length > 1 ? ` (and ${kept.length - 1} earlier)` : ''
  return [
    {
      code: 'DATA_KEPT_ASIDE',
      what: `The sample's database could not be opened on ${last.at.toISOString().slice(0, 16).replace('T', ' at ')} UTC, and was made anew without the posts that were written. The old one is kept in ${last.path}${others}.`,
      fix: `When you no longer want it: rm -r ${shellWord(last.path)}. The log says why it could not be opened: npm run logs -- database`,
    },
  ]
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
