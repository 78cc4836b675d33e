import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { UserError } from '../../contracts/user-error.ts'
import { type Settings, stateDirectory } from '../../settings/read.ts'
import type { Chapter, ChapterResult, CheckContext } from '../../workshop/chapter.ts'
import { writeFileAtomically } from '../machine/atomic-file.ts'
import { readAnswers } from './arguments.ts'
import { openContext } from './context.ts'

const schema = z.object({
  /** By chapter: the learner's answers, which its check judges again each time. */
  answers: z.record(z.string(), z.record(z.string(), z.string())).default({}),
  /** By chapter: when its check last passed, and by which trace. */
  passed: z.record(z.string(), z.object({ at: z.string(), traceId: z.string().optional() })).default({}),
})

type Progress = z.output<typeof schema>

export function backupFolder(settings: Settings): string {
  return join(stateDirectory(settings), 'workshop', 'yours')
}

/** Empty where there is no file, or one that cannot be read. */
function readProgress(file: string): Progress {
  try {
    return schema.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch {
    return schema.parse({})
  }
}

/** `passed`: the evidence is there now. `earlier`: it was, and has gone since. */
export type State = 'passed' | 'earlier' | 'open'

export interface Standing {
  readonly chapter: Chapter
  readonly state: State
  readonly result: ChapterResult
  /** When it last passed, ISO 8601. */
  readonly at: string | undefined
  readonly traceId: string | undefined
}

/**
 * Runs the checks one after the other, with the learner's answers of now and of earlier checks. New answers are for the
 * first chapter, and are kept for its next check.
 */
export async function checkChapters(
  chapters: readonly Chapter[],
  settings: Settings,
  answers: readonly string[] = [],
): Promise<Standing[]> {
  const folder = stateDirectory(settings)
  const file = join(folder, 'workshop', 'progress.json')
  const progress = readProgress(file)
  const [first] = chapters
  if (first && answers.length > 0)
    progress.answers[first.number] = { ...progress.answers[first.number], ...readAnswers(first, answers) }
  using context = openContext(settings)
  const standings: Standing[] = []
  for (const chapter of chapters) standings.push(await checkChapter(chapter, context, progress))
  // After the clean-up, which must leave nothing, there is no state folder.
  if (existsSync(folder)) {
    mkdirSync(dirname(file), { recursive: true })
    writeFileAtomically(file, `${JSON.stringify(progress, null, 2)}\n`, 0o600)
  }
  return standings
}

/** Runs a chapter's check, and notes in `progress` if it has passed. Evidence that cannot be read has not passed. */
async function checkChapter(chapter: Chapter, context: CheckContext, progress: Progress): Promise<Standing> {
  const { number } = chapter
  const result = await chapter.check(context, progress.answers[number] ?? {}).catch((error: unknown) => {
    if (error instanceof UserError)
      return { passed: false, evidence: [], diagnosis: error.diagnosis } as const
    throw error
  })
  if (result.passed) {
    const { traceId } = result
    progress.passed[number] = { at: new Date().toISOString(), ...(traceId && { traceId }) }
  }
  const earlier = progress.passed[number]
  const state = result.passed ? 'passed' : earlier ? 'earlier' : 'open'
  return { chapter, state, result, at: earlier?.at, traceId: earlier?.traceId }
}
