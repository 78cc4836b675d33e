import type { SpanEvidence } from '../contracts/evidence.ts'

/**
 * What each service did itself, in milliseconds by service: the durations of its spans, each without the time in which a
 * span below it ran.
 */
export function ownTimes(spans: readonly SpanEvidence[]): Map<string, number> {
  const below = Map.groupBy(spans, ({ parentId }) => parentId)
  const times = new Map<string, number>()
  for (const span of spans) {
    const ownMs = span.durationMs - coveredMs(span, below.get(span.id) ?? [])
    times.set(span.service, (times.get(span.service) ?? 0) + ownMs)
  }
  return times
}

/** How much of a span its children cover, ms. Children that overlap count once, and outside the span not at all. */
function coveredMs(span: SpanEvidence, children: readonly SpanEvidence[]): number {
  const endMs = span.startMs + span.durationMs
  let covered = 0
  let atMs = span.startMs
  for (const child of children.toSorted((a, b) => a.startMs - b.startMs)) {
    const fromMs = Math.max(child.startMs, atMs)
    const toMs = Math.min(child.startMs + child.durationMs, endMs)
    if (toMs <= fromMs) continue
    covered += toMs - fromMs
    atMs = toMs
  }
  return covered
}
