import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { type Settings, stateDirectory } from '../../settings/read.ts'
import { writeFileAtomically } from '../machine/atomic-file.ts'

const pass = z.object({
  /** ISO 8601. */
  at: z.string(),
  /** The traces that proved it. */
  traceIds: z.array(z.string()),
  /** What its conditions saw. */
  saw: z.array(z.string()),
})
export type Pass = z.output<typeof pass>

const chapter = z.object({
  /** The learner's answers, which the check judges again each time. */
  answers: z.record(z.string(), z.string()).default({}),
  /** Epoch milliseconds of the last `reset`: what happened before does not count. */
  since: z.number().default(0),
  /** How many checks have not passed. */
  tries: z.number().default(0),
  passed: pass.extend({ seal: z.string() }).optional(),
})

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

const schema = z.object({
  /** ISO 8601: the first check. */
  startedAt: z.string().optional(),
  chapters: z.record(z.string(), chapter).default({}),
  sent: counts.optional(),
})
export type Progress = z.output<typeof schema>
export type ChapterProgress = z.output<typeof chapter>

function folderOf(settings: Settings): string {
  return join(stateDirectory(settings), 'workshop')
}

export function backupFolder(settings: Settings): string {
  return join(folderOf(settings), 'yours')
}

/** Empty where there is no file, or one that cannot be read. `edited`: chapters whose pass no check has written. */
export function readProgress(settings: Settings): { progress: Progress; edited: number[] } {
  const progress = parse(settings)
  const edited: number[] = []
  for (const [number, entry] of Object.entries(progress.chapters)) {
    if (!entry.passed || isSealed(settings, Number(number), entry.passed)) continue
    delete entry.passed
    edited.push(Number(number))
  }
  return { progress, edited }
}

function parse(settings: Settings): Progress {
  try {
    return schema.parse(JSON.parse(readFileSync(join(folderOf(settings), 'progress.json'), 'utf8')))
  } catch {
    return schema.parse({})
  }
}

/** The chapter's entry, which is added if need be. */
export function entryOf(progress: Progress, number: number): ChapterProgress {
  progress.chapters[number] ??= chapter.parse({})
  return progress.chapters[number]
}

/** Notes that a chapter's check has passed. */
export function notePass(settings: Settings, progress: Progress, number: number, noted: Pass): void {
  // Without a state folder there is no workspace to note it for.
  if (!existsSync(stateDirectory(settings))) return
  entryOf(progress, number).passed = { ...noted, seal: sealOf(keyOf(settings), number, noted) }
}

/** Writes nothing where there is no state folder: before setup, and after a clean-up that has left nothing. */
export function writeProgress(settings: Settings, progress: Progress): void {
  if (!existsSync(stateDirectory(settings))) return
  mkdirSync(folderOf(settings), { recursive: true })
  const text = `${JSON.stringify(progress, null, 2)}\n`
  writeFileAtomically(join(folderOf(settings), 'progress.json'), text, 0o600)
}

/**
 * The key of the seals. A pass that was written by hand, or copied from another workspace, has no seal of this key. Who
 * reads the key can forge a seal: the owner of a machine can forge anything.
 */
function keyOf(settings: Settings): Buffer {
  const path = join(folderOf(settings), 'progress.key')
  if (existsSync(path)) return readFileSync(path)
  const key = randomBytes(32)
  mkdirSync(folderOf(settings), { recursive: true })
  writeFileAtomically(path, key, 0o600)
  return key
}

function sealOf(key: Buffer, number: number, { at, traceIds, saw }: Pass): string {
  return createHmac('sha256', key)
    .update(JSON.stringify([number, at, traceIds, saw]))
    .digest('hex')
}

function isSealed(settings: Settings, number: number, { seal, ...noted }: Pass & { readonly seal: string }) {
  const expected = Buffer.from(sealOf(keyOf(settings), number, noted))
  const given = Buffer.from(seal)
  return expected.length === given.length && timingSafeEqual(expected, given)
}
