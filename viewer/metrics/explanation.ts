import { count, plural } from '../../analysis/format.ts'
import { lengthName } from '../../analysis/times.ts'
import { isMetricPercentile, type MetricCalculation } from '../../contracts/sandbox/metric-words.ts'
import type { Metric, MetricAnswer } from '../../contracts/sandbox/metrics.ts'
import { isDistribution, percentOf } from './metric-words.ts'

type Explained = Pick<MetricAnswer, 'metric' | 'range' | 'groups' | 'resets'>

/**
 * What a chart shows, sentence by sentence, with what is most often misread. docs/metrics.md has the exact rules. `now` is
 * in Unix seconds.
 */
export function explanation(calculation: MetricCalculation, answer: Explained, now: number): string[] {
  const { metric, range, groups } = answer
  const step = lengthName(range.granularity)
  const isOpen = range.end > now
  const series = groups.reduce((sum, group) => sum + group.series, 0)
  const sentences = isDistribution(metric)
    ? ofDistribution(calculation, metric, step, series > groups.length)
    : metric.kind === 'sum' && metric.isMonotonic
      ? ofCounter(calculation, metric, step)
      : ofLevel(calculation, metric, step, series > groups.length)
  if (isOpen && (calculation === 'INCREASE' || calculation === 'TOTAL')) {
    sentences.push('The newest step is not over, so its value still grows.')
  }
  if (isOpen && calculation === 'RATE') {
    sentences.push(
      'The newest step is divided by the time up to the last point, so that it is no drop. A metric that is not sent any more falls at its end.',
    )
  }
  return [...sentences, ...resetWords(calculation, answer)]
}

function ofCounter(calculation: MetricCalculation, metric: Metric, step: string): string[] {
  const what =
    calculation === 'RATE'
      ? 'How many per second, from a counter that only grows.'
      : `By how much the counter grew in each step of ${step}.`
  return [what, temporalityWords(metric)]
}

function temporalityWords({ temporality }: Metric): string {
  return temporality === 'delta'
    ? 'Delta: each point has only what is new since the point before, so nothing is subtracted.'
    : 'Cumulative: each point has the total since the process began, and this chart shows the differences.'
}

function ofDistribution(
  calculation: MetricCalculation,
  metric: Metric,
  step: string,
  isJoined: boolean,
): string[] {
  if (isMetricPercentile(calculation)) return percentileWords(calculation, metric, step, isJoined)
  if (calculation === 'AVG') {
    return [
      `The mean of the values in each step of ${step}: their total divided by their number.`,
      'A few large values raise it. p50 is what half of the values stay below.',
    ]
  }
  if (calculation === 'RATE') {
    return [
      'How many values were recorded per second: one for each operation that the metric measures.',
      temporalityWords(metric),
    ]
  }
  if (calculation === 'INCREASE') return [`How many values were recorded in each step of ${step}.`]
  if (calculation === 'TOTAL') return [`What the values of each step of ${step} add up to.`]
  return [
    'How many values there were, by time and size, of all groups together.',
    'A histogram knows only how many values each of its buckets has: within one they are taken as spread evenly.',
  ]
}

function percentileWords(
  calculation: MetricCalculation,
  { kind }: Metric,
  step: string,
  isJoined: boolean,
): string[] {
  const share = percentOf(calculation)
  if (kind === 'summary') {
    return [
      `${share} % of the values are at or below this line, as the sender calculated it.`,
      'Percentiles of several senders cannot be combined: the greatest one is shown.',
    ]
  }
  return [
    `${share} % of the values in each step of ${step} are at or below this line, estimated from the histogram’s buckets.`,
    isJoined
      ? 'The buckets of all time series in a group are added first: a mean of percentiles is not a percentile.'
      : 'To get one for a longer time, choose a wider step: a mean of percentiles is not a percentile.',
  ]
}

function ofLevel(calculation: MetricCalculation, metric: Metric, step: string, isJoined: boolean): string[] {
  const source =
    metric.kind === 'sum'
      ? 'An up-down counter: a number that rises and falls.'
      : 'A gauge: a value as it was measured, not counted.'
  const between = 'Between two points the last value holds.'
  const words: Partial<Record<MetricCalculation, string>> = {
    AVG: isJoined
      ? `The mean of the time series in a group, in each step of ${step}.`
      : `The mean of the points in each step of ${step}.`,
    MIN: `The least value in each step of ${step}.`,
    MAX: `The greatest value in each step of ${step}.`,
    SUM: isJoined
      ? 'What the last values of all time series in a group add up to.'
      : `The last value in each step of ${step}.`,
  }
  return [source, words[calculation] ?? '', between].filter(Boolean)
}

function resetWords(calculation: MetricCalculation, { metric, resets }: Explained): string[] {
  if (resets === 0 || metric.temporality !== 'cumulative') return []
  if (metric.kind === 'sum' && !metric.isMonotonic) return []
  if (isMetricPercentile(calculation) || calculation === 'HEATMAP' || calculation === 'AVG') return []
  const what = resets === 1 ? 'Once a time series' : `${count(resets)} times a time series`
  return [`${what} began again from zero, as after a restart: that is not shown as a drop.`]
}

/** Of which part of the time range some totals are: a rate of the time with data, a sum of the end. */
export function rangeNote(
  calculations: readonly MetricCalculation[],
  metric: Pick<Metric, 'kind' | 'isMonotonic'>,
): string {
  const isLevel = !isDistribution(metric) && !metric.isMonotonic
  const notes = [
    calculations.includes('RATE')
      ? 'Per second of the time between the first and the last data of the metric.'
      : '',
    calculations.includes('SUM') && isLevel ? 'The sum is of the last values in the range.' : '',
  ]
  return notes.map((note) => note && ` ${note}`).join('')
}

/** Whether a line is interrupted: a step without a value between two with one. */
export function hasGap(line: readonly (number | null)[]): boolean {
  const first = line.findIndex((value) => value !== null)
  const last = line.findLastIndex((value) => value !== null)
  return first >= 0 && line.slice(first, last).includes(null)
}

/** How many groups are shown, where that is not all of them. */
export function groupWords(shown: number, all: number): string {
  return shown < all ? `${count(shown)} of ${count(all)} groups shown` : plural(all, 'group')
}
