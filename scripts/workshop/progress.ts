import { UserError } from '../../contracts/user-error.ts'
import type { Settings } from '../../settings/read.ts'
import type { Chapter, ChapterResult } from '../../workshop/chapter.ts'
import { readAnswers } from './arguments.ts'
import { createContext } from './evidence/context.ts'
import { readSentCounts } from './evidence/sent.ts'
import { openSources, type Sources } from './evidence/sources.ts'
import {
  entryOf,
  notePass,
  type Progress,
  readProgress,
  type SentCounts,
  writeProgress,
} from './progress-file.ts'

/**
 * `passed`: the evidence is there now. `earlier`: the check has passed, and its evidence is no longer stored. `optional`:
 * open, and progress goes on without it.
 */
export type State = 'passed' | 'earlier' | 'open' | 'optional'

export interface Standing {
  readonly chapter: Chapter
  readonly state: State
  readonly result: ChapterResult
  /** When it first passed, ISO 8601. */
  readonly at: string | undefined
  /** The traces that proved it. */
  readonly traceIds: readonly string[]
  /** What its conditions saw when it last passed. */
  readonly saw: readonly string[]
  /** How many checks have not passed. */
  readonly tries: number
}

/** Where a learner stands. */
export interface Standings {
  readonly chapters: readonly Standing[]
  /** When the first check ran, ISO 8601. */
  readonly startedAt: string
  /** The most that a check has seen in the sandbox; undefined where none has asked it. */
  readonly sent: SentCounts | undefined
  /** Chapters whose pass in the file was not written by a check; it does not count. */
  readonly edited: readonly number[]
}

/**
 * Runs the checks one after the other, with the learner's answers of now and of earlier checks. New answers are for the
 * first chapter, and are kept for its next check. `isTry`: a check that does not pass counts as a try of the learner.
 */
export async function checkChapters(
  chapters: readonly Chapter[],
  settings: Settings,
  answers: readonly string[] = [],
  { isTry = chapters.length === 1 }: { readonly isTry?: boolean } = {},
): Promise<Standings> {
  const { progress, edited } = readProgress(settings)
  progress.startedAt ??= new Date().toISOString()
  const [first] = chapters
  if (first && answers.length > 0) {
    const entry = entryOf(progress, first.number)
    entry.answers = { ...entry.answers, ...readAnswers(first, answers) }
  }
  using sources = openSources(settings)
  const standings: Standing[] = []
  for (const chapter of chapters)
    standings.push(await checkChapter(chapter, { settings, sources, progress, isTry }))
  progress.sent = mostOf(progress.sent, await readSentCounts(sources.sandbox))
  writeProgress(settings, progress)
  return { chapters: standings, startedAt: progress.startedAt, sent: progress.sent, edited }
}

/** Forgets that these chapters have passed, and their answers; what has happened so far is no evidence for them. */
export function forgetChapters(chapters: readonly Chapter[], settings: Settings): void {
  const { progress } = readProgress(settings)
  for (const { number } of chapters) {
    progress.chapters[number] = { answers: {}, since: Date.now(), tries: 0 }
  }
  writeProgress(settings, progress)
}

interface CheckOptions {
  readonly settings: Settings
  readonly sources: Sources
  readonly progress: Progress
  readonly isTry: boolean
}

/** Runs a chapter's check, and notes in `progress` whether it has passed. Evidence that cannot be read has not passed. */
async function checkChapter(
  chapter: Chapter,
  { settings, sources, progress, isTry }: CheckOptions,
): Promise<Standing> {
  const { number, isOptional } = chapter
  const entry = entryOf(progress, number)
  const context = createContext(sources, {
    since: entry.since,
    remembered: entry.passed?.traceIds ?? [],
    passed: Object.entries(progress.chapters).flatMap(([name, { passed }]) => (passed ? Number(name) : [])),
  })
  const result = await chapter.check(context, entry.answers).catch((error: unknown): ChapterResult => {
    if (!(error instanceof UserError)) throw error
    const [name = ''] = chapter.conditions
    return { passed: false, met: [], missing: { name, diagnosis: error.diagnosis }, traceIds: [] }
  })
  if (result.passed) {
    const { traceIds, met } = result
    notePass(settings, progress, number, {
      // Of the first time: later checks only confirm it.
      at: entry.passed?.at ?? new Date().toISOString(),
      traceIds: [...traceIds],
      saw: met.map(({ saw }) => saw),
    })
  } else if (isTry) entry.tries++
  const { passed, tries } = entry
  const state = result.passed ? 'passed' : passed ? 'earlier' : isOptional ? 'optional' : 'open'
  return {
    ...{ chapter, state, result, tries },
    at: passed?.at,
    traceIds: passed?.traceIds ?? [],
    saw: passed?.saw ?? [],
  }
}

/** The sandbox deletes its oldest records, and begins to count again after a restart. */
function mostOf(one: SentCounts | undefined, other: SentCounts | undefined): SentCounts | undefined {
  if (!one || !other) return one ?? other
  const names = Object.keys(one) as (keyof SentCounts)[]
  return Object.fromEntries(names.map((name) => [name, Math.max(one[name], other[name])])) as SentCounts
}
