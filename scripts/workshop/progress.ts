import type { Diagnosis } from '../../contracts/diagnosis.ts'
import { UserError } from '../../contracts/user-error.ts'
import type { Settings } from '../../settings/read.ts'
import type { Chapter, ChapterResult } from '../../workshop/chapter.ts'
import { readAnswers } from './arguments.ts'
import { createContext } from './evidence/context.ts'
import { findSandboxTrouble } from './evidence/own-sandbox.ts'
import { readSentCounts } from './evidence/sent.ts'
import { openSources, type Sources } from './evidence/sources.ts'
import {
  entryOf,
  forget,
  notePass,
  type Progress,
  passOf,
  readProgress,
  type SentCounts,
  updateProgress,
} from './progress-file.ts'
import type { Pass } from './seal.ts'

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
  /** Its conditions when it last passed, and what was seen for each. */
  readonly met: Pass['met']
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
  /** What the learner should know of the kept progress, such as a pass that no check has written. */
  readonly warnings: readonly string[]
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
  const [first] = chapters
  const given = first && answers.length > 0 ? readAnswers(first, answers) : {}
  const warnings = updateProgress(settings, (progress) => begin(progress, first, given))
  const progress = readProgress(settings)
  // Where nothing can be kept, the answers are judged all the same.
  begin(progress, first, given)
  using sources = openSources(settings)
  const trouble = await findSandboxTrouble(sources)
  const checked: Checked[] = []
  for (const chapter of chapters)
    checked.push(await checkChapter(chapter, { settings, sources, progress, trouble }))
  const sent = trouble ? undefined : await readSentCounts(sources.sandbox)
  const unkept = updateProgress(settings, (now) => {
    now.sent = mostOf(now.sent, sent)
    for (const one of checked) note(settings, now, one, isTry)
  })
  const tried = (number: number) => readProgress(settings).chapters[number]?.tries ?? 0
  return {
    chapters: checked.map((one) => standingOf(one, tried(one.chapter.number))),
    startedAt: progress.startedAt ?? new Date().toISOString(),
    sent: mostOf(progress.sent, sent),
    warnings: [...new Set([...warnings, ...unkept, ...checked.flatMap(({ warning }) => warning ?? [])])],
  }
}

/** A clock that was ahead at a `reset` would else keep all evidence from counting. */
function begin(
  progress: Progress,
  first: Chapter | undefined,
  given: Readonly<Record<string, string>>,
): void {
  progress.startedAt ??= new Date().toISOString()
  for (const entry of Object.values(progress.chapters)) entry.since = Math.min(entry.since, Date.now())
  if (!first || Object.keys(given).length === 0) return
  const entry = entryOf(progress, first.number)
  // A check may say first what is wrong with the last one.
  const others = Object.entries(entry.answers).filter(([name]) => !(name in given))
  entry.answers = { ...Object.fromEntries(others), ...given }
}

/**
 * Forgets that these chapters have passed, and their answers; what has happened so far is no evidence for them. Returns
 * what the learner should know, as `updateProgress`.
 */
export function forgetChapters(chapters: readonly Chapter[], settings: Settings): readonly string[] {
  const numbers = chapters.map(({ number }) => number)
  return updateProgress(settings, (progress) => forget(settings, progress, numbers, Date.now()))
}

/** A chapter's check, with the pass that it had before. */
interface Checked {
  readonly chapter: Chapter
  readonly result: ChapterResult
  readonly earlier: Pass | undefined
  /** The pass of now. */
  readonly pass: Pass | undefined
  /** The time from which evidence counted, epoch ms. */
  readonly since: number
  readonly warning: string | undefined
}

interface CheckOptions {
  readonly settings: Settings
  readonly sources: Sources
  readonly progress: Progress
  /** Why no evidence can be read. */
  readonly trouble: Diagnosis | undefined
}

/** Runs a chapter's check. Evidence that cannot be read has not passed. */
async function checkChapter(
  chapter: Chapter,
  { settings, sources, progress, trouble }: CheckOptions,
): Promise<Checked> {
  const { number } = chapter
  const { since, answers } = entryOf(progress, number)
  const kept = passOf(settings, progress, number)
  const earlier = kept === 'edited' ? undefined : kept
  const context = createContext(sources, {
    since,
    remembered: earlier?.traceIds ?? [],
    passed: passedNumbers(settings, progress),
  })
  const unread = ({ diagnosis }: { readonly diagnosis: Diagnosis }): ChapterResult => {
    const [name = ''] = chapter.conditions
    return { passed: false, met: [], missing: { name, diagnosis }, traceIds: [] }
  }
  const result =
    trouble && chapter.readsEvidence
      ? unread({ diagnosis: trouble })
      : await chapter.check(context, answers).catch((error: unknown) => {
          if (error instanceof UserError) return unread(error)
          throw error
        })
  const pass = result.passed
    ? {
        // Of the first time: later checks only confirm it.
        at: earlier?.at ?? new Date().toISOString(),
        traceIds: [...result.traceIds],
        met: [...result.met],
      }
    : undefined
  const warning =
    kept === 'edited'
      ? `The pass of chapter ${number} in progress.json was not written by a check of this workspace, and does not count.`
      : undefined
  return { ...{ chapter, result, earlier, pass, since, warning } }
}

function passedNumbers(settings: Settings, progress: Progress): number[] {
  const numbers = Object.keys(progress.chapters).map(Number)
  return numbers.filter((number) => typeof passOf(settings, progress, number) === 'object')
}

/** Notes what a check has found, unless the chapter was reset while it ran. */
function note(
  settings: Settings,
  progress: Progress,
  { chapter, pass, since }: Checked,
  isTry: boolean,
): void {
  const entry = entryOf(progress, chapter.number)
  if (entry.since !== since) return
  if (pass) notePass(settings, progress, chapter.number, pass)
  else if (isTry) entry.tries++
}

function standingOf({ chapter, result, earlier, pass }: Checked, tries: number): Standing {
  const state = pass ? 'passed' : earlier ? 'earlier' : chapter.isOptional ? 'optional' : 'open'
  const kept = pass ?? earlier
  return {
    ...{ chapter, state, result, tries },
    at: kept?.at,
    traceIds: kept?.traceIds ?? [],
    met: kept?.met ?? [],
  }
}

/** The sandbox deletes its oldest records, and begins to count again after a restart. */
function mostOf(one: SentCounts | undefined, other: SentCounts | undefined): SentCounts | undefined {
  if (!one || !other) return one ?? other
  const names = Object.keys(one) as (keyof SentCounts)[]
  return Object.fromEntries(names.map((name) => [name, Math.max(one[name], other[name])])) as SentCounts
}
