import type { SpanChunk } from '../store/spans.ts'

/** What is looked at of a span when it comes; the rest of it is read when somebody asks for it. */
export interface SpanHead {
  /** 16 hex digits. */
  readonly spanId: string
  readonly name: string
  readonly isRoot: boolean
  readonly isError: boolean
  /** Epoch milliseconds. */
  readonly startMs: number
  readonly endMs: number
}

/** The spans of one batch that belong to one trace and one resource, described and packed for the store. */
export function chunkOf(
  traceId: string,
  origin: { readonly service: string; readonly dataset: string },
  heads: readonly SpanHead[],
  packed: Pick<SpanChunk, 'encoding' | 'body'>,
): SpanChunk {
  let first = heads[0]
  let startMs = Number.POSITIVE_INFINITY
  let endMs = 0
  for (const head of heads) {
    if (head.startMs < startMs) {
      startMs = head.startMs
      first = head
    }
    if (head.endMs > endMs) endMs = head.endMs
  }
  const root = heads.find(({ isRoot }) => isRoot)
  return {
    traceId,
    service: origin.service,
    dataset: origin.dataset,
    spanIds: heads.map(({ spanId }) => spanId),
    startMs,
    endMs,
    hasRoot: root !== undefined,
    hasError: heads.some(({ isError }) => isError),
    name: (root ?? first)?.name ?? '',
    ...packed,
  }
}
