import { LISTS } from './job-kinds.ts'
import type { Job } from './jobs.ts'
import { QueryError } from './read-error.ts'

/** A thread that loads rows says so every few hundred of them. */
export const STALLED_MS = 30_000

/** What makes a read faster. */
function adviceFor(kind: Job['kind'] | undefined): string {
  if (kind === 'trace')
    return 'the trace has too many records; its exports xray.json, otlp.pb and logs.json need less time'
  if (kind === 'map') return 'choose fewer minutes'
  if (kind !== undefined && LISTS.includes(kind)) return 'choose a shorter time or a simpler filter'
  return 'ask about a shorter time, fewer groups, or with a simpler expression'
}

export function tooSlow(kind: Job['kind'] | undefined, limitMs: number): QueryError {
  return new QueryError(503, `the read took longer than ${limitMs / 1_000} seconds: ${adviceFor(kind)}`)
}

export function stalled(): QueryError {
  return new QueryError(
    503,
    `loading what is stored stood still for ${STALLED_MS / 1_000} seconds: ask again, which leaves out the record that it stood still at`,
  )
}

export function tooMuch(): QueryError {
  return new QueryError(
    503,
    'what is stored needs more memory than reads may use: ask again, about fewer groups, or delete what is stored (npm run teardown, then npm run setup)',
  )
}

export function wasCancelled(): QueryError {
  return new QueryError(503, 'the question was cancelled')
}
