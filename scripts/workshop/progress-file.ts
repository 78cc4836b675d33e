import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { UserError } from '../../contracts/user-error.ts'
import { type Settings, stateDirectory } from '../../settings/read.ts'
import { writeFileAtomically } from '../machine/atomic-file.ts'
import { parseJson } from '../machine/http-json.ts'
import { withLock } from '../machine/lock.ts'
import { diagnoseSystemError } from '../machine/system-error.ts'
import { isSealed, type Pass, passSchema, removeKey, sealPass } from './seal.ts'

const chapter = z.object({
  /** The learner's answers, which the check judges again each time. */
  answers: z.record(z.string(), z.string()).catch({}),
  /** Epoch milliseconds of the last `reset`: what happened before does not count. */
  since: z.number().catch(0),
  /** How many checks have not passed. */
  tries: z.number().catch(0),
  passed: passSchema.extend({ seal: z.string() }).optional().catch(undefined),
})
export type ChapterProgress = z.output<typeof chapter>

const counts = z.object({
  requests: z.number(),
  spans: z.number(),
  segments: z.number(),
  logs: z.number(),
  metricPoints: z.number(),
  occurrences: z.number(),
})
/** What the sandbox has received. */
export type SentCounts = z.output<typeof counts>

/** A chapter's number. Other keys were not written by a check. */
const KEY = /^[1-9]\d?$/

/** A part that cannot be read does not cost the others. */
const schema = z.object({
  /** ISO 8601: the first check. */
  startedAt: z.iso.datetime().optional().catch(undefined),
  chapters: z
    .record(z.string(), z.unknown())
    .catch({})
    .transform((entries): Record<string, ChapterProgress> => {
      const read = (entry: unknown) => chapter.parse(typeof entry === 'object' && entry !== null ? entry : {})
      return Object.fromEntries(
        Object.entries(entries).flatMap(([key, entry]) => (KEY.test(key) ? [[key, read(entry)]] : [])),
      )
    }),
  sent: counts.optional().catch(undefined),
})
export type Progress = z.output<typeof schema>

function folderOf(settings: Settings): string {
  return join(stateDirectory(settings), 'workshop')
}

export function backupFolder(settings: Settings): string {
  return join(folderOf(settings), 'yours')
}

const EMPTY: Progress = { chapters: {} }

/** Empty where there is no file, or none that can be read. */
export function readProgress(settings: Settings): Progress {
  return parse(settings) ?? structuredClone(EMPTY)
}

/** Undefined for a file that is no JSON object, or cannot be read. */
function parse(settings: Settings): Progress | undefined {
  try {
    return schema.safeParse(parseJson(readFileSync(join(folderOf(settings), 'progress.json'), 'utf8'))).data
  } catch {
    return undefined
  }
}

/** The chapter's entry, which is added if need be. */
export function entryOf(progress: Progress, number: number): ChapterProgress {
  progress.chapters[number] ??= { answers: {}, since: 0, tries: 0 }
  return progress.chapters[number]
}

/** The pass of a chapter: `edited` where no check of this workspace has written it. */
export function passOf(settings: Settings, progress: Progress, number: number): Pass | 'edited' | undefined {
  const passed = progress.chapters[number]?.passed
  if (!passed) return undefined
  return isSealed(folderOf(settings), number, passed) ? passed : 'edited'
}

/** Notes that a chapter's check has passed. */
export function notePass(settings: Settings, progress: Progress, number: number, pass: Pass): void {
  entryOf(progress, number).passed = { ...pass, seal: sealPass(folderOf(settings), number, pass) }
}

/**
 * Forgets these chapters' passes and answers, and what happened before `nowMs`. The other passes are sealed again, by a new
 * key: a copy of the file from before does not count when it is put back.
 */
export function forget(
  settings: Settings,
  progress: Progress,
  numbers: readonly number[],
  nowMs: number,
): void {
  for (const number of numbers) progress.chapters[number] = { answers: {}, since: nowMs, tries: 0 }
  const kept = Object.keys(progress.chapters).flatMap((key) => {
    const pass = passOf(settings, progress, Number(key))
    return typeof pass === 'object' ? [[Number(key), pass] as const] : []
  })
  removeKey(folderOf(settings))
  for (const [number, pass] of kept) notePass(settings, progress, number, pass)
}

/**
 * Changes the progress, while no other command does. Returns what the learner should know: that it cannot be kept, or that
 * the file was unreadable and is now beside it. Changes nothing where there is no state folder: before setup, and after a
 * clean-up that has left nothing.
 */
export function updateProgress(settings: Settings, change: (progress: Progress) => void): readonly string[] {
  if (!existsSync(stateDirectory(settings))) return []
  const folder = folderOf(settings)
  const path = join(folder, 'progress.json')
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    return withLock(join(folder, 'progress.lock'), () => {
      const progress = parse(settings)
      const isUnreadable = !progress && existsSync(path)
      if (isUnreadable) renameSync(path, `${path}.unreadable`)
      const changed = progress ?? structuredClone(EMPTY)
      change(changed)
      writeFileAtomically(path, `${JSON.stringify(changed, null, 2)}\n`, 0o600)
      return isUnreadable
        ? [`${path} could not be read. It is now ${path}.unreadable, and progress begins again.`]
        : []
    })
  } catch (error) {
    const diagnosis = error instanceof UserError ? error.diagnosis : diagnoseSystemError(error)
    const reason = diagnosis
      ? `${diagnosis.what} ${diagnosis.fix}`
      : `${(error as Error).message}. Is ${folder} a folder that you may write to?`
    return [`Your progress cannot be kept: ${reason}`]
  }
}
