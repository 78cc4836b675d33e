import { expect } from 'vitest'
import type {
  BubbleUpAnswer,
  ColumnValue,
  Difference,
  ExampleTrace,
  Heatmap,
  QueryAnswer,
  QuerySpecification,
} from '../../contracts/sandbox/query.ts'
import { calculationName } from '../../contracts/sandbox/query-words.ts'
import { differenceIn, type NaiveBubbleUp, type NaiveDifference } from './naive-bubble-up.ts'
import type { NaiveEvent } from './naive-events.ts'
import { passes } from './naive-filter.ts'
import { calculationsOf } from './naive-query.ts'
import { approximately, near } from './questions.ts'

/** How many values BubbleUp shows of a column. */
const MAX_DIFFERENT_VALUES = 12
/** How many cells BubbleUp's histograms have. */
const HISTOGRAM_CELLS = 20

type Series = readonly { readonly timeMs: number; readonly data: Readonly<Record<string, unknown>> }[]

/** Which group comes first within a bucket is not promised. */
export function byTimeAndGroup(series: Series, breakdowns: readonly string[]): Series {
  const keyOf = ({ timeMs, data }: Series[number]) =>
    JSON.stringify([timeMs, ...breakdowns.map((column) => data[column])])
  return series.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
}

/** Each cell has the weights of the events whose time and value it is for, and no value is outside of all cells. */
export function expectHeatmaps(
  { heatmaps, range }: QueryAnswer,
  specification: QuerySpecification,
  matching: readonly NaiveEvent[],
): void {
  const asked = calculationsOf(specification).filter(({ op }) => op === 'HEATMAP')
  expect(heatmaps.map(({ name }) => name)).toEqual(asked.map(calculationName))
  for (const [index, { column = '', filters, filter_combination }] of asked.entries()) {
    const { timesMs, edges, counts } = heatmaps[index] as Heatmap
    const values = matching
      .filter(({ fields }) => passes(fields, filters, filter_combination))
      .flatMap(({ timeMs, sampleRate, fields }) => {
        const value = fields[column]
        return typeof value === 'number' ? [{ timeMs, sampleRate, value }] : []
      })
    const rows = Math.max(edges.length - 1, 0)
    const expected = timesMs.flatMap((time) =>
      Array.from({ length: rows }, (_, row) => {
        const [from = 0, to = 0] = [edges[row], edges[row + 1]]
        const isLast = row === rows - 1
        return values
          .filter(({ timeMs }) => timeMs >= time && timeMs < time + range.granularity * 1000)
          .filter(({ value }) => value >= from && (value < to || (isLast && value === to)))
          .reduce((sum, { sampleRate }) => sum + sampleRate, 0)
      }),
    )
    expect(counts).toEqual(expected)
    const total = values.reduce((sum, { sampleRate }) => sum + sampleRate, 0)
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(total)
    expect(edges).toEqual([...new Set(edges)].toSorted((a, b) => a - b))
    for (const time of timesMs) expect(time % (range.granularity * 1000)).toBe(0)
  }
}

/** The example traces are those of matching events, and the slowest one comes first. */
export function expectTraces(
  answer: QueryAnswer,
  breakdowns: readonly string[],
  matching: readonly NaiveEvent[],
): void {
  const slowestOf = (events: readonly NaiveEvent[]) => {
    const ofTraces = events.filter(({ fields }) => typeof fields['trace.trace_id'] === 'string')
    const durations = ofTraces.flatMap(({ fields }) =>
      typeof fields.duration_ms === 'number' ? [fields.duration_ms] : [],
    )
    return { hasTrace: ofTraces.length > 0, durationMs: durations.length > 0 ? Math.max(...durations) : null }
  }
  const expectSlowest = (trace: ExampleTrace | null | undefined, events: readonly NaiveEvent[]) => {
    const { hasTrace, durationMs } = slowestOf(events)
    if (!hasTrace) return expect(trace ?? null).toBeNull()
    expect(trace?.durationMs).toBe(durationMs)
    expect(events.map(({ fields }) => fields['trace.trace_id'])).toContain(trace?.traceId)
  }
  expectSlowest(answer.traces[0], matching)
  const durations = answer.traces.map(({ durationMs }) => durationMs ?? -1)
  expect(durations).toEqual(durations.toSorted((a, b) => b - a))
  expect(new Set(answer.traces.map(({ traceId }) => traceId)).size).toBe(answer.traces.length)
  for (const [index, row] of answer.results.entries()) {
    const ofGroup = matching.filter(({ fields }) =>
      breakdowns.every((column) => (fields[column] ?? null) === row[column]),
    )
    expectSlowest(answer.resultTraces[index], ofGroup)
  }
}

/** Every column with its score, its kind and the shares of its values; the most different first. */
export function expectBubbleUp(answer: BubbleUpAnswer, expected: NaiveBubbleUp): void {
  expect([answer.inside, answer.outside]).toEqual([expected.inside, expected.outside])
  const namesOf = (kind: string) =>
    [...expected.columns].filter(([, column]) => column.kind === kind).map(([name]) => name)
  expect(answer.dimensions.map(({ name }) => name).toSorted()).toEqual(namesOf('dimension').toSorted())
  expect(answer.measures.map(({ name }) => name).toSorted()).toEqual(namesOf('measure').toSorted())
  for (const list of [answer.dimensions, answer.measures]) {
    const scores = list.map(({ score }) => score)
    expect(scores).toEqual(scores.toSorted((a, b) => b - a))
    for (const { name, score, withoutColumn, values, omittedValues, histogram } of list) {
      const column = expected.columns.get(name)
      expect({ name, score, withoutColumn }).toEqual({
        name,
        score: near(column?.score ?? 0),
        withoutColumn: approximately({ ...column?.withoutColumn }),
      })
      if (!column) continue
      if (column.kind === 'measure') {
        expectHistogram(histogram, column, name)
        continue
      }
      expect(values.length + omittedValues, name).toBe(column.values.size)
      for (const { value, ...shares } of values)
        expect({ name, value, ...shares }).toEqual({
          name,
          value,
          ...approximately({ ...column.values.get(value) }),
        })
      expectHighest(
        new Map([...column.values].map(([value, shares]) => [value, differenceIn(shares)])),
        values.map(({ value }) => value),
        MAX_DIFFERENT_VALUES,
        name,
      )
    }
  }
}

/** The cells go from the smallest number to the largest. Each has its share of the numbers inside, and of those outside. */
function expectHistogram(
  histogram: Difference['histogram'],
  { numbers }: Pick<NaiveDifference, 'numbers'>,
  name: string,
): void {
  const { edges = [], ...shares } = histogram ?? {}
  const all = [...numbers.inside, ...numbers.outside]
  expect([edges.length, edges[0], edges.at(-1)], name).toEqual([
    HISTOGRAM_CELLS + 1,
    Math.min(...all),
    Math.max(...all),
  ])
  expect(edges, name).toEqual([...new Set(edges)].toSorted((a, b) => a - b))
  const sharesOf = (some: readonly number[]) =>
    edges.slice(0, -1).map((from, cell) => {
      const to = edges[cell + 1] ?? 0
      const isLast = cell === HISTOGRAM_CELLS - 1
      const within = some.filter((number) => number >= from && (number < to || (isLast && number === to)))
      return near(some.length === 0 ? 0 : within.length / some.length)
    })
  expect({ name, ...shares }).toEqual({
    name,
    inside: sharesOf(numbers.inside),
    outside: sharesOf(numbers.outside),
  })
}

/** The shown values are the `most` that score highest, the highest first. Which of equal ones is not promised. */
export function expectHighest(
  scores: ReadonlyMap<ColumnValue, number>,
  shown: readonly ColumnValue[],
  most: number,
  name: string,
): void {
  const highest = [...scores.values()].toSorted((a, b) => b - a).slice(0, most)
  expect(new Set(shown).size, name).toBe(shown.length)
  expect(
    shown.map((value) => scores.get(value)),
    name,
  ).toEqual(highest.map(near))
}
