import type { LensSpan, TraceLenses } from '../../contracts/sandbox/lenses.ts'
import { plural } from '../format.ts'
import { clockOffsets, offsetText } from './clocks.ts'
import { type Difference, difference, short } from './difference.ts'
import { entriesOf } from './entries.ts'

/** A child that begins up to this long before its parent is no sign of different clocks. ms */
const CLOCK_MS = 1

export type SpansById = ReadonlyMap<string, LensSpan>

/** Where spans do not hang together, or their times do not. */
export function inTree(trace: TraceLenses, spansById: SpansById): Difference[] {
  const { spans } = trace
  const offsets = clockOffsets(trace)
  const explained = new Set(offsets.flatMap(({ ids }) => ids))
  const entries = entriesOf(trace)
  const orphans = spans.filter(
    (span) => span.parentId !== '' && !spansById.has(span.parentId) && !entries.includes(span),
  )
  const early = spans.filter(
    ({ id, parentId, startMs }) =>
      !explained.has(id) && startMs < (spansById.get(parentId)?.startMs ?? startMs) - CLOCK_MS,
  )
  return [
    ...difference(
      entries,
      'The request continues a trace of a caller that sends nothing here',
      'It came with a trace id (traceparent or X-Amzn-Trace-Id) of a browser, proxy or service whose own records have not arrived: it sends them elsewhere, later, or was not sampled. Its parent is unknown, so it is shown as the root. To see the caller, let it send its records here as well.',
      false,
    ),
    ...offsets.flatMap((offset) => {
      const { service, ids } = offset
      return difference(
        ids.map((id) => ({ id })),
        `The clock of ${short(service)} is ${offsetText(offset)} that of ${short(offset.of)}`,
        `A call lies within its caller’s time. This offset fits ${plural(ids.length, 'call')} between the two, and none does not: synchronise the clocks of the machines (NTP). Times are shown as they were sent.`,
      )
    }),
    ...difference(
      orphans,
      `${plural(orphans.length, 'span')} whose parent has not arrived`,
      'The caller sends its spans elsewhere, has not sent them yet, or was not sampled. These spans are shown as roots.',
    ),
    ...difference(
      early,
      `${plural(early.length, 'span')} that begin before their parent`,
      'The clocks of two machines differ. Times are shown as they were sent.',
    ),
  ]
}
