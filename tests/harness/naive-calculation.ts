import type { Calculation, ColumnValue } from '../../contracts/sandbox/query.ts'
import { PERCENTILES } from '../../contracts/sandbox/query-words.ts'
import type { NaiveEvent } from './naive-events.ts'
import { passes } from './naive-filter.ts'

// The calculations of naive-query.ts, for a group of events and for each of its buckets of time.

/** Unix seconds, and s. */
export interface NaiveRange {
  readonly start: number
  readonly end: number
  readonly granularity: number
}

/** The buckets of time that have events, in the order of time. */
function bucketsOf(events: readonly NaiveEvent[], { granularity }: NaiveRange) {
  const starts = new Set(events.map(({ timeMs }) => bucketStart(timeMs, granularity)))
  return [...starts].toSorted((a, b) => a - b).map((startS) => ({ startS }))
}

/** With CONCURRENCY also the buckets in which an event goes on that began earlier. */
export function rowsOf(
  events: readonly NaiveEvent[],
  calculations: readonly Calculation[],
  range: NaiveRange,
): number[] {
  const starts = new Set(bucketsOf(events, range).map(({ startS }) => startS))
  for (const calculation of calculations.filter(({ op }) => op === 'CONCURRENCY')) {
    const counted = ofCalculation(calculation, events)
    for (
      let startS = bucketStart(range.start * 1000, range.granularity);
      startS < range.end;
      startS += range.granularity
    )
      if (concurrencyInBucket(counted, startS, range) > 0) starts.add(startS)
  }
  return [...starts].toSorted((a, b) => a - b)
}

function bucketStart(timeMs: number, granularity: number): number {
  return Math.floor(timeMs / 1000 / granularity) * granularity
}

export function totalOf(
  calculation: Calculation,
  events: readonly NaiveEvent[],
  range: NaiveRange,
): ColumnValue | null {
  const counted = ofCalculation(calculation, events)
  if (calculation.op === 'CONCURRENCY') return concurrency(counted, range.start, range.end)
  if (!calculation.op.startsWith('RATE_')) return calculate(calculation, counted)
  const rates = bucketsOf(events, range)
    .map(({ startS }) => valueInBucket(calculation, events, startS, range))
    .filter((value) => typeof value === 'number')
  return rates.length === 0 ? null : sum(rates) / rates.length
}

export function valueInBucket(
  calculation: Calculation,
  events: readonly NaiveEvent[],
  startS: number,
  range: NaiveRange,
): ColumnValue | null {
  const counted = ofCalculation(calculation, events)
  const within = (bucketS: number) =>
    counted.filter(({ timeMs }) => bucketStart(timeMs, range.granularity) === bucketS)
  if (calculation.op === 'CONCURRENCY') return concurrencyInBucket(counted, startS, range)
  if (!calculation.op.startsWith('RATE_')) return calculate(calculation, within(startS))
  const op = calculation.op.replace('RATE_', '') as 'AVG' | 'SUM' | 'MAX'
  const ofBucket = (bucketS: number) => calculate({ ...calculation, op }, within(bucketS))
  const earlier = bucketsOf(counted, range).filter((bucket) => bucket.startS < startS)
  const previous = earlier.findLast((bucket) => ofBucket(bucket.startS) !== null)
  const [now, before] = [ofBucket(startS), previous && ofBucket(previous.startS)]
  if (typeof now !== 'number' || typeof before !== 'number') return null
  return now - before
}

function ofCalculation(
  { filters, filter_combination }: Calculation,
  events: readonly NaiveEvent[],
): readonly NaiveEvent[] {
  return events.filter(({ fields }) => passes(fields, filters, filter_combination))
}

function calculate({ op, column }: Calculation, events: readonly NaiveEvent[]): ColumnValue | null {
  const having = column === undefined ? events : events.filter(({ fields }) => fields[column] !== undefined)
  const values = having.map(({ fields }) => fields[column ?? ''])
  const numeric = having.flatMap(({ fields, sampleRate }) => {
    const value = fields[column ?? '']
    return typeof value === 'number' ? [{ value, sampleRate }] : []
  })
  if (op === 'COUNT') return sum(having.map(({ sampleRate }) => sampleRate))
  if (op === 'COUNT_DISTINCT') return new Set(values).size
  if (numeric.length === 0) return null
  const total = sum(numeric.map(({ sampleRate }) => sampleRate))
  const weighted = sum(numeric.map(({ value, sampleRate }) => value * sampleRate))
  if (op === 'SUM') return weighted
  if (op === 'AVG') return weighted / total
  if (op === 'MIN') return Math.min(...numeric.map(({ value }) => value))
  if (op === 'MAX') return Math.max(...numeric.map(({ value }) => value))
  const share = PERCENTILES[op as keyof typeof PERCENTILES]
  let cumulative = 0
  for (const { value, sampleRate } of numeric.toSorted((a, b) => a.value - b.value)) {
    cumulative += sampleRate
    if (cumulative >= share * total) return value
  }
  return null
}

/** Of the part of the bucket that is in the question's range of time. */
function concurrencyInBucket(
  events: readonly NaiveEvent[],
  startS: number,
  { start, end, granularity }: NaiveRange,
): number {
  return concurrency(events, Math.max(startS, start), Math.min(startS + granularity, end))
}

/**
 * How many events are in progress in a time on average: each counts by the part of the time that it covers, and by its
 * sample rate. An event without a duration covers none.
 */
function concurrency(events: readonly NaiveEvent[], startS: number, endS: number): number {
  const [fromMs, toMs] = [startS * 1000, endS * 1000]
  const covered = events.map(({ timeMs, sampleRate, fields }) => {
    const duration = typeof fields.duration_ms === 'number' ? fields.duration_ms : 0
    return sampleRate * Math.max(0, Math.min(timeMs + duration, toMs) - Math.max(timeMs, fromMs))
  })
  return sum(covered) / (toMs - fromMs)
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
