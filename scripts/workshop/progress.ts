import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { UserError } from '../../contracts/user-error.ts'
import { type Settings, stateDirectory } from '../../settings/read.ts'
import type { Chapter, ChapterResult, CheckContext } from '../../workshop/chapter.ts'
import { writeFileAtomically } from '../machine/atomic-file.ts'
import { readAnswers } from './arguments.ts'
import { openContext, openSources } from './context.ts'

const schema = z.object({
  /** By chapter: the learner's answers, which its check judges again each time. */
  answers: z.record(z.string(), z.record(z.string(), z.string())).default({}),
  /** By chapter: when its check last passed, and by which trace. */
  passed: z.record(z.string(), z.object({ at: z.string(), traceId: z.string().optional() })).default({}),
})

export type Progress = z.output<typeof schema>

export function backupFolder(stateFolder: string): string {
  return join(stateFolder, 'workshop', 'yours')
}

/** Empty where there is no file, or not one of ours. */
function readProgress(stateFolder: string): Progress {
  try {
    return schema.parse(JSON.parse(readFileSync(fileIn(stateFolder), 'utf8')))
  } catch {
    return schema.parse({})
  }
}

/** Writes nothing where there is no state folder, since the clean-up must leave nothing. */
function writeProgress(stateFolder: string, progress: Progress): void {
  if (!existsSync(stateFolder)) return
  const file = fileIn(stateFolder)
  mkdirSync(dirname(file), { recursive: true })
  writeFileAtomically(file, `${JSON.stringify(progress, null, 2)}\n`, 0o600)
}

function fileIn(stateFolder: string): string {
  return join(stateFolder, 'workshop', 'progress.json')
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

/** Runs the check of one chapter with the learner's answers, which are kept for its next check. */
export function checkOne(
  chapter: Chapter,
  answers: readonly string[],
  settings: Settings,
): Promise<Standing> {
  return withProgress(settings, (progress, context) => {
    const key = String(chapter.number)
    if (answers.length > 0)
      progress.answers[key] = { ...progress.answers[key], ...readAnswers(chapter, answers) }
    return checkChapter(chapter, context, progress)
  })
}

/** Runs the checks one after the other, with the answers of earlier checks. */
export function checkAll(chapters: readonly Chapter[], settings: Settings): Promise<Standing[]> {
  return withProgress(settings, async (progress, context) => {
    const standings: Standing[] = []
    for (const chapter of chapters) standings.push(await checkChapter(chapter, context, progress))
    return standings
  })
}

async function withProgress<T>(
  settings: Settings,
  work: (progress: Progress, context: CheckContext) => Promise<T>,
): Promise<T> {
  const folder = stateDirectory(settings)
  const progress = readProgress(folder)
  const sources = openSources(settings)
  try {
    const result = await work(progress, openContext(sources))
    writeProgress(folder, progress)
    return result
  } finally {
    sources.xray.client.destroy()
  }
}

/** Runs a chapter's check, and notes in `progress` if it has passed. */
async function checkChapter(chapter: Chapter, context: CheckContext, progress: Progress): Promise<Standing> {
  const key = String(chapter.number)
  const result = await resultOf(chapter, context, progress.answers[key] ?? {})
  if (result.passed) {
    const { traceId } = result
    progress.passed[key] = { at: new Date().toISOString(), ...(traceId && { traceId }) }
  }
  const earlier = progress.passed[key]
  const state = result.passed ? 'passed' : earlier ? 'earlier' : 'open'
  return { chapter, state, result, at: earlier?.at, traceId: earlier?.traceId }
}

/** Evidence that cannot be read has not passed, for the reason why it cannot. */
async function resultOf(
  chapter: Chapter,
  context: CheckContext,
  answers: Readonly<Record<string, string>>,
): Promise<ChapterResult> {
  try {
    return await chapter.check(context, answers)
  } catch (error) {
    if (error instanceof UserError) return { passed: false, evidence: [], diagnosis: error.diagnosis }
    throw error
  }
}
