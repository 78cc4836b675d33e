import { count, cut, plural } from '../../analysis/format.ts'
import type { HelpPlace } from '../../analysis/trace/difference.ts'
import type { TraceLenses } from '../../contracts/sandbox/lenses.ts'
import type { RequestRow } from '../../contracts/sandbox/lists.ts'
import type { TraceTwins } from '../../contracts/sandbox/wiring.ts'
import { UserError } from '../../contracts/user-error.ts'
import type { SandboxReads } from '../sandbox-reads/sandbox-reads.ts'

// A request that is stored as two rows, because two libraries each made a trace id (docs/your-app/two-rows.md).

const MAX_TITLE = 120

/**
 * What looks like it is of the same request under another trace id, or under none. Undefined where the trace lacks nothing, and
 * where the sandbox cannot tell: a trace is shown without it.
 */
export async function readTwins(
  reads: Pick<SandboxReads, 'twins'>,
  { traceId, spans, segments, occurrences }: TraceLenses,
): Promise<TraceTwins | undefined> {
  const isOfOne = spans.length > 0 !== segments.length > 0
  const isFailed =
    spans.some(({ status }) => status === 'ERROR') || segments.some(({ outcome }) => outcome === 'fault')
  if (!isOfOne && !(isFailed && occurrences.length === 0)) return undefined
  return orUndefined(reads.twins(traceId))
}

/** Rollbar's errors without a trace id that look like the request's; none where there is none. */
export function strayErrorTexts({ errors = [] }: Partial<TraceTwins> = {}): string[] {
  if (errors.length === 0) return []
  const items = errors.map(({ itemId, title }) => `item ${itemId} (${cut(title, MAX_TITLE)})`)
  return [
    `Rollbar has ${plural(errors.length, 'error')} without a trace id, of the same method, path and second: ${items.join(', ')}`,
    `See ${helpText({ page: 'two-rows', heading: 'an-item-without-a-trace' })}`,
  ]
}

/** Says that rows look like one request, where any of those listed has the records of one provider only. */
export async function twoRowsNote(
  reads: Pick<SandboxReads, 'wiring'>,
  listed: readonly Pick<RequestRow, 'spans' | 'segments'>[],
): Promise<string | undefined> {
  if (!listed.some(({ spans, segments }) => spans > 0 !== segments > 0)) return undefined
  const { rows = 0, requests = 0 } = (await orUndefined(reads.wiring())) ?? {}
  if (rows === 0) return undefined
  return `${count(rows)} stored rows look like ${plural(requests, 'request')}, because two libraries each made a trace id: docs/your-app/two-rows.md`
}

/** Where a page of docs/your-app says more. */
export function helpText({ page, heading }: HelpPlace): string {
  return `docs/your-app/${page}.md#${heading}`
}

async function orUndefined<Answer>(read: Promise<Answer>): Promise<Answer | undefined> {
  return read.catch((error: unknown) => {
    if (error instanceof UserError) return undefined
    throw error
  })
}
