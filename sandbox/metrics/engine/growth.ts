import {
  isMetricPercentile,
  METRIC_PERCENTILES,
  type MetricCalculation,
} from '../../../contracts/sandbox/metric-words.ts'
import { PERCENTILES } from '../../../contracts/sandbox/query-words.ts'
import type { CheckDeadline } from '../../read-thread/deadline.ts'
import type { CountedAmount } from './amounts.ts'
import { Distribution, percentilesOf } from './distribution.ts'
import type { Increase } from './increases.ts'
import { spread, type TimeSteps } from './time-steps.ts'

/** What the increases of a group add up to in one step. */
export interface Growth {
  /** Values counted; of a counter, how much it grew. */
  count: number
  sum: number
  /** Whether every increase had a sum. */
  hasSum: boolean
  distribution: Distribution | undefined
}

/** One element for each step; undefined for a step that no interval overlaps. */
export function growthOf(
  increases: readonly Increase<number | CountedAmount>[],
  steps: TimeSteps,
  check: CheckDeadline,
): (Growth | undefined)[] {
  const growth = new Array<Growth | undefined>(steps.count).fill(undefined)
  for (const increase of increases) {
    const { amount } = increase
    check()
    spread(steps, increase, (step, share) => {
      const own = growth[step] ?? { count: 0, sum: 0, hasSum: true, distribution: undefined }
      growth[step] = own
      if (typeof amount === 'number') {
        own.count += amount * share
        return
      }
      own.count += amount.count * share
      own.sum += (amount.sum ?? 0) * share
      own.hasSum &&= amount.sum !== undefined
      if (!amount.buckets) return
      own.distribution ??= new Distribution()
      own.distribution.add(amount.buckets, share)
    })
  }
  return growth
}

/** A calculation of a step's growth. `seconds` are those of the step that the metric covers. */
export function calculateGrowth(
  growth: Growth | undefined,
  calculations: readonly MetricCalculation[],
  seconds: number,
): (number | null)[] {
  if (!growth) return calculations.map(() => null)
  const shares = METRIC_PERCENTILES.map((name) => PERCENTILES[name])
  const hasPercentile = calculations.some(isMetricPercentile)
  const percentiles = hasPercentile ? percentilesOf(growth.distribution?.pieces() ?? [], shares) : []
  return calculations.map((calculation) => {
    if (isMetricPercentile(calculation)) return percentiles[METRIC_PERCENTILES.indexOf(calculation)] ?? null
    switch (calculation) {
      case 'INCREASE':
        return growth.count
      case 'RATE':
        return growth.count / seconds
      case 'TOTAL':
        return growth.hasSum ? growth.sum : null
      case 'AVG':
        return growth.hasSum && growth.count > 0 ? growth.sum / growth.count : null
      default:
        return null
    }
  })
}
