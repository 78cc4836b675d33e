import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { writeFileAtomically } from '../machine/atomic-file.ts'

const schema = z.object({
  /** By chapter: what the learner has said to its check. Looked up anew each time, and worth nothing by itself. */
  answers: z.record(z.string(), z.record(z.string(), z.string())).default({}),
  /** By chapter: when its check last passed, and by which trace. */
  passed: z.record(z.string(), z.object({ at: z.string(), traceId: z.string().optional() })).default({}),
})

export type Progress = z.output<typeof schema>

export function backupFolder(stateFolder: string): string {
  return join(stateFolder, 'workshop', 'yours')
}

/** Nothing where there is no file, or what is in it is none. */
export function readProgress(stateFolder: string): Progress {
  try {
    return schema.parse(JSON.parse(readFileSync(fileIn(stateFolder), 'utf8')))
  } catch {
    return schema.parse({})
  }
}

/** Writes nothing where there is no state folder: after the clean-up nothing is to be left. */
export function writeProgress(stateFolder: string, progress: Progress): void {
  if (!existsSync(stateFolder)) return
  const file = fileIn(stateFolder)
  mkdirSync(dirname(file), { recursive: true })
  writeFileAtomically(file, `${JSON.stringify(progress, null, 2)}\n`, 0o600)
}

function fileIn(stateFolder: string): string {
  return join(stateFolder, 'workshop', 'progress.json')
}
