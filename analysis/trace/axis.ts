import type { TraceLenses } from '../../contracts/sandbox/lenses.ts'

/** The visible range of time, in milliseconds since the trace's origin. */
export interface Range {
  readonly fromMs: number
  readonly toMs: number
}

interface Recorded {
  readonly startMs: number
  /** Null while it is in progress. */
  readonly endMs: number | null
}

/** From the first start to the last end; undefined without records. */
export function recordedRange(...lists: readonly (readonly Recorded[])[]): Range | undefined {
  let fromMs = Number.POSITIVE_INFINITY
  let toMs = Number.NEGATIVE_INFINITY
  for (const records of lists) {
    for (const { startMs, endMs } of records) {
      fromMs = Math.min(fromMs, startMs)
      toMs = Math.max(toMs, startMs, endMs ?? startMs)
    }
  }
  return fromMs > toMs ? undefined : { fromMs, toMs }
}

/** The records of all providers, or else the logs, with a margin so that the last bar's end is visible. */
export function wholeRange({ spans, segments, logs }: TraceLenses): Range {
  const { fromMs, toMs } = recordedRange(spans, segments) ??
    recordedRange(logs.map(({ atMs }) => ({ startMs: atMs, endMs: null }))) ?? { fromMs: 0, toMs: 1 }
  const margin = Math.max((toMs - fromMs) * 0.015, 0.001)
  return { fromMs: fromMs - margin / 3, toMs: toMs + margin }
}

/** About five round moments across the range. */
export function ticks({ fromMs, toMs }: Range, wanted = 5): number[] {
  const rough = (toMs - fromMs) / wanted
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough) ?? rough
  const first = Math.ceil(fromMs / step)
  const found: number[] = []
  for (let index = first; index * step <= toMs && found.length < 20; index++) found.push(index * step)
  return found
}

/** The position of a moment, in percent of the range. */
export function percentOf({ fromMs, toMs }: Range, atMs: number): number {
  return ((atMs - fromMs) / (toMs - fromMs)) * 100
}
