import type { NumberPoint } from '../time-series.ts'
import { stepAt, type TimeSteps } from './time-steps.ts'

/** A value holds for this many median distances between points, so that one late point makes no gap. */
const HELD_DISTANCES = 2

/** What one series contributes to a step. */
export interface HeldValue {
  readonly mean: number
  readonly min: number
  readonly max: number
  readonly last: number
}

/** One element for each step; undefined where the series has no value. */
export function heldValues(points: readonly NumberPoint[], steps: TimeSteps): (HeldValue | undefined)[] {
  const own = new Array<HeldValue | undefined>(steps.count).fill(undefined)
  const within: number[][] = []
  const holdMs = HELD_DISTANCES * medianDistance(points)
  for (const [index, point] of points.entries()) {
    if (isEnd(point)) continue
    const { timeMs, value } = point
    const step = stepAt(steps, timeMs)
    if (step !== undefined) {
      within[step] ??= []
      within[step].push(value)
    }
    // The value fills the steps that begin while it holds.
    const nextMs = points[index + 1]?.timeMs ?? Number.POSITIVE_INFINITY
    for (let next = firstStepAfter(steps, timeMs); next < steps.count; next++) {
      const beginMs = steps.firstMs + next * steps.widthMs
      if (beginMs > timeMs + holdMs || beginMs >= nextMs) break
      own[next] = { mean: value, min: value, max: value, last: value }
    }
  }
  for (const [step, values] of within.entries()) if (values) own[step] = summaryOf(values)
  return own
}

/** Whether a point says that there is no value from its time on. */
function isEnd({ isMissing, value }: NumberPoint): boolean {
  return isMissing || !Number.isFinite(value)
}

function firstStepAfter({ firstMs, widthMs }: TimeSteps, atMs: number): number {
  return Math.max(0, Math.floor((atMs - firstMs) / widthMs) + 1)
}

function summaryOf(values: readonly number[]): HeldValue {
  let [sum, min, max] = [0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const value of values) {
    sum += value
    min = Math.min(min, value)
    max = Math.max(max, value)
  }
  return { mean: sum / values.length, min, max, last: values.at(-1) ?? 0 }
}

/** Milliseconds between consecutive points: the median, of an even number the larger of the middle two; 0 for fewer than two points. */
export function medianDistance(points: readonly { readonly timeMs: number }[]): number {
  const distances = points.slice(1).map(({ timeMs }, index) => timeMs - (points[index]?.timeMs ?? timeMs))
  return distances.sort((a, b) => a - b)[Math.floor(distances.length / 2)] ?? 0
}

/** The points of an up-down counter with delta temporality, added up. */
export function addUp(points: readonly NumberPoint[]): NumberPoint[] {
  let total = 0
  return points.map((point) => {
    if (!isEnd(point)) total += point.value
    return { ...point, value: isEnd(point) ? point.value : total }
  })
}
