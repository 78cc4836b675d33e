import type { MetricKind } from '../../contracts/sandbox/metric-words.ts'
import type { Random } from './random.ts'
import type { SentBuckets, SentPoint } from './sent-metrics.ts'

const QUANTILES = [0.5, 0.9, 0.95, 0.99]

/** What a kind of metric counts between two points, and how its points tell it. */
export interface Instrument {
  /** Counts what happened in one interval. */
  record(): void
  /** What was counted since the last `clear`. */
  read(): Partial<SentPoint>
  clear(): void
}

export const INSTRUMENTS: Readonly<Record<MetricKind | 'upDown', (random: Random) => Instrument>> = {
  gauge: (random) => numbers(random, () => random.between(-400, 400) / 4, true),
  upDown: (random) => numbers(random, () => random.between(-40, 40) / 4, false),
  sum: (random) => numbers(random, () => (random.chance(0.3) ? 0 : random.between(0, 400) / 4), false),
  histogram: explicitHistogram,
  exponentialHistogram: exponentialHistogram,
  summary: (random) => {
    let count = 0
    return {
      record() {
        count += random.below(20)
      },
      read: () => ({
        count,
        sum: count * 1.5,
        quantiles: QUANTILES.filter(() => !random.chance(0.1)).map((quantile) => ({
          quantile,
          value: random.chance(0.1) ? Number.NaN : random.between(1, 1_000) / 8,
        })),
      }),
      clear() {
        count = 0
      },
    }
  },
}

function numbers(random: Random, change: () => number, isGauge: boolean): Instrument {
  let value = 0
  return {
    record() {
      value = isGauge ? change() : value + change()
    },
    read: () => ({ value: random.chance(0.04) ? random.one([Number.NaN, Number.POSITIVE_INFINITY]) : value }),
    clear() {
      value = 0
    },
  }
}

function explicitHistogram(random: Random): Instrument {
  const choices = [[0, 5, 10, 25, 100], [1, 2, 4, 8], [-10, 0, 10], []]
  let bounds = random.one(choices)
  let values: number[] = []
  return {
    record() {
      const count = random.chance(0.2) ? 0 : random.below(12)
      for (let index = 0; index < count; index++)
        values.push(random.between(bounds[0] === -10 ? -60 : 0, 480) / 4)
    },
    read() {
      const counts = new Array<number>(bounds.length + 1).fill(0)
      for (const value of values) {
        const bucket = bounds.findIndex((bound) => value <= bound)
        counts[bucket < 0 ? bounds.length : bucket] = (counts.at(bucket) ?? 0) + 1
      }
      const sum = random.chance(0.03) ? undefined : values.reduce((total, value) => total + value, 0)
      return { count: values.length, bounds, counts, ...(sum !== undefined && { sum }) }
    },
    clear() {
      values = []
      if (random.chance(0.3)) bounds = random.one(choices)
    },
  }
}

function exponentialHistogram(random: Random): Instrument {
  let scale = random.between(0, 6)
  let zeroThreshold = 0
  let values: number[] = []
  return {
    record() {
      const count = random.chance(0.2) ? 0 : random.below(12)
      for (let index = 0; index < count; index++) {
        values.push(random.chance(0.1) ? 0 : (random.chance(0.2) ? -1 : 1) * (random.between(1, 4_000) / 16))
      }
      if (random.chance(0.1)) scale = random.between(-2, 6)
      if (random.chance(0.02)) zeroThreshold = random.one([0, 0.5, 1])
    },
    read() {
      const inZero = values.filter((value) => Math.abs(value) <= zeroThreshold)
      const others = values.filter((value) => Math.abs(value) > zeroThreshold)
      return {
        count: values.length,
        ...(!random.chance(0.03) && { sum: values.reduce((total, value) => total + value, 0) }),
        scale,
        zeroThreshold,
        zeroCount: inZero.length,
        positive: runOf(
          others.filter((value) => value > 0),
          scale,
        ),
        negative: runOf(
          others.filter((value) => value < 0).map((value) => -value),
          scale,
        ),
      }
    },
    clear() {
      values = []
      scale = random.between(-2, 6)
    },
  }
}

function runOf(values: readonly number[], scale: number): SentBuckets {
  const indices = values.map((value) => Math.ceil(Math.log2(value) * 2 ** scale) - 1)
  const offset = indices.length === 0 ? 0 : Math.min(...indices)
  const counts = new Array<number>(indices.length === 0 ? 0 : Math.max(...indices) - offset + 1).fill(0)
  for (const index of indices) counts[index - offset] = (counts[index - offset] ?? 0) + 1
  return { offset, counts }
}
