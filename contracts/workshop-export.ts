import { z } from 'zod'
import { parseTraceId } from './trace-id.ts'

/** The version that this workshop writes. Exports of version 1 have no `version`. */
export const EXPORT_VERSION = 2

/**
 * `passed`: the evidence exists now. `earlier`: the check passed, and the evidence is gone. `open`: not passed.
 * `optional`: not passed, and the workshop can be completed without it.
 */
const ChapterState = z.enum(['passed', 'earlier', 'open', 'optional'])

const ExportedChapter = z
  .object({
    number: z.int(),
    title: z.string(),
    state: ChapterState,
    /** When its check first passed, ISO 8601. */
    at: z.string().optional(),
    /** The traces that prove it. Version 1 has at most one, as `traceId`. */
    traceIds: z.array(z.string()).max(1_000).optional(),
    traceId: z.string().optional(),
    /** The first condition that is not met, as the check names it. */
    missing: z.string().optional(),
    /** How often its check has not passed. */
    tries: z.int().nonnegative().optional(),
  })
  .transform(({ traceId, traceIds, ...chapter }) => ({
    ...chapter,
    // Anything but a trace id would count as evidence that two learners share.
    traceIds: (traceIds ?? [traceId ?? '']).flatMap((id) => parseTraceId(id) ?? []),
  }))

/** A learner's progress, as `npm run workshop -- export` writes it and `npm run workshop -- class` reads it. */
export const WorkshopExport = z.object({
  version: z.literal(EXPORT_VERSION).optional(),
  learner: z.string().default(''),
  exportedAt: z.iso.datetime(),
  /** When the learner ran the first check, ISO 8601: the same in all exports of a workspace. */
  startedAt: z.string().optional(),
  chapters: z.array(ExportedChapter).max(1_000),
  /** `sha256:<hex>` of everything else in the file. Only version 1 has none. */
  checksum: z.string().optional(),
})

export type WorkshopExport = z.output<typeof WorkshopExport>
/** What is written. */
export type WrittenExport = z.input<typeof WorkshopExport>
