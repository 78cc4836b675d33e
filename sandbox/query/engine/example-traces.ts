import type { ExampleTrace } from '../../../contracts/sandbox/query.ts'
import type { SelectedEvents } from './selected-events.ts'

const MAX_TRACES = 10

/** The slowest traces of the events, by their slowest event; at most ten. Events without a duration come last. */
export function slowestTraces(selected: SelectedEvents): ExampleTrace[] {
  const traces = selected.column('trace.trace_id').codes
  const durations = selected.numbers({ column: 'duration_ms' })
  /** Ascending; the first one is replaced by a slower one. */
  let best: { index: number; trace: number; duration: number }[] = []
  for (let index = 0; index < traces.length; index++) {
    const trace = traces[index] as number
    if (trace === 0) continue
    const duration = orderable(durations[index] as number)
    const least = best[0]
    if (best.length === MAX_TRACES && least && duration <= least.duration) continue
    const same = best.find((one) => one.trace === trace)
    if (same && same.duration >= duration) continue
    best = best.filter((one) => one !== same)
    if (best.length === MAX_TRACES) best.shift()
    best.push({ index, trace, duration })
    best.sort((a, b) => a.duration - b.duration)
  }
  return best.toReversed().map(({ index }) => exampleAt(selected, index))
}

/** The slowest trace of each group; null for a group without one. */
export function slowestOfGroups(
  selected: SelectedEvents,
  groupIds: Uint32Array,
  groupCount: number,
): (ExampleTrace | null)[] {
  const traces = selected.column('trace.trace_id').codes
  const durations = selected.numbers({ column: 'duration_ms' })
  const best = new Int32Array(groupCount).fill(-1)
  for (let index = 0; index < traces.length; index++) {
    if (traces[index] === 0) continue
    const id = groupIds[index] as number
    const before = best[id] as number
    if (before < 0 || orderable(durations[index] as number) > orderable(durations[before] as number))
      best[id] = index
  }
  return Array.from(best, (index) => (index < 0 ? null : exampleAt(selected, index)))
}

function orderable(duration: number): number {
  return Number.isNaN(duration) ? -1 : duration
}

function exampleAt(selected: SelectedEvents, index: number): ExampleTrace {
  const row = Uint32Array.of(selected.rows[index] as number)
  const valueIn = (name: string) => {
    const { codes, dictionary } = selected.columns.of(name, row)
    return dictionary.value(codes[0] as number)
  }
  // The span that a span event, link or log record belongs to.
  const spanId =
    valueIn('trace.span_id') ?? (valueIn('meta.annotation_type') === null ? null : valueIn('trace.parent_id'))
  const durationMs = valueIn('duration_ms')
  return {
    traceId: String(valueIn('trace.trace_id')),
    spanId: spanId === null ? null : String(spanId),
    name: String(valueIn('name') ?? valueIn('body') ?? ''),
    atMs: selected.timesMs[index] as number,
    durationMs: typeof durationMs === 'number' ? durationMs : null,
    error: valueIn('error') === true,
  }
}
