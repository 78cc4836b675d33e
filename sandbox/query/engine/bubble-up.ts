import type {
  BubbleUpAnswer,
  BubbleUpQuestion,
  ColumnValue,
  Difference,
  Selection,
} from '../../../contracts/sandbox/query.ts'
import { type CodedValues, type Column, typeOf } from '../events/column.ts'
import type { EventTable } from '../events/event-table.ts'
import { clauseError } from '../query-error.ts'
import type { CheckDeadline } from './deadline.ts'
import { slowestTraces } from './example-traces.ts'
import { select } from './filters.ts'
import { edgesOf } from './heatmap.ts'
import { countCodes, mostFrequent } from './list-columns.ts'
import { findMatching } from './matching-events.ts'
import { SelectedEvents } from './selected-events.ts'
import { sortedIndexes } from './sort.ts'
import { readSpecification } from './specification.ts'

/** A number with more different values than this is a measure. */
const MAX_DIMENSION_NUMBERS = 20
const MAX_VALUES = 12
const HISTOGRAM_CELLS = 20

/**
 * Compares the selected events with the other events of the question, column by column: the columns that differ most come
 * first. Not weighted by sample rates.
 *
 * Source: https://docs.honeycomb.io/investigate/analyze/identify-outliers
 */
export function bubbleUp(
  table: EventTable,
  { query, selection }: BubbleUpQuestion,
  { dataset, nowMs }: { dataset: string; nowMs: number },
  check: CheckDeadline,
): BubbleUpAnswer {
  const startedMs = performance.now()
  const question = readSpecification(query, nowMs)
  const { selected } = findMatching(table, dataset, question, check)
  const inside = maskOfSelection(selection, selected)
  const insideCount = inside.reduce((sum, one) => sum + one, 0)
  const dimensions: Difference[] = []
  const measures: Difference[] = []
  const chosen = 'group' in selection ? Object.keys(selection.group) : [selection.column]
  for (const column of selected.columns.all()) {
    check()
    const difference = differenceOf(column, selected.rows, inside, insideCount)
    if (!difference) continue
    // What was selected by differs by definition: it says nothing new.
    if (chosen.includes(column.name)) continue
    if (difference.histogram) measures.push(difference)
    else dimensions.push(difference)
  }
  const byScore = (a: Difference, b: Difference) => b.score - a.score || (a.name < b.name ? -1 : 1)
  const traces = slowestTraces(
    new SelectedEvents(table, selected.columns, select(selected.rows, inside), check),
  )
  return {
    inside: insideCount,
    outside: inside.length - insideCount,
    dimensions: dimensions.sort(byScore),
    measures: measures.sort(byScore),
    traces,
    elapsedMs: Math.round((performance.now() - startedMs) * 100) / 100,
  }
}

function maskOfSelection(selection: Selection, selected: SelectedEvents): Uint8Array {
  const mask = new Uint8Array(selected.rows.length)
  if ('group' in selection) {
    mask.fill(1)
    for (const [name, wanted] of Object.entries(selection.group)) {
      if (!selected.columns.has(name) && wanted !== null) {
        throw clauseError([
          { clause: `selection.group.${name}`, message: `no event has the column "${name}"` },
        ])
      }
      const { codes } = selected.column(name)
      const code = wanted === null ? 0 : selected.columns.get(name)?.codeOf(wanted)
      for (let index = 0; index < mask.length; index++) if (codes[index] !== code) mask[index] = 0
    }
    return mask
  }
  const { column, min, max } = selection
  const [startMs, endMs] = [selection.start_time * 1_000, selection.end_time * 1_000]
  const numbers = selected.numbers({ column })
  for (let index = 0; index < mask.length; index++) {
    const time = selected.timesMs[index] as number
    const number = numbers[index] as number
    if (time >= startMs && time < endMs && number >= min && number <= max) mask[index] = 1
  }
  return mask
}

/** Undefined for a column that none of the events has. */
function differenceOf(
  column: Column,
  rows: Uint32Array,
  inside: Uint8Array,
  insideCount: number,
): Difference | undefined {
  const coded = column.of(rows)
  const { codes, values } = coded
  const all = countCodes(codes, values.length)
  const within = new Float64Array(values.length)
  for (let index = 0; index < codes.length; index++) {
    const code = codes[index] as number
    within[code] = (within[code] as number) + (inside[index] as number)
  }
  const present: number[] = []
  for (let code = 1; code < all.length; code++) if ((all[code] as number) > 0) present.push(code)
  if (present.length === 0) return undefined
  const type = typeOf(present.map((code) => values[code] ?? null))
  const outsideCount = rows.length - insideCount
  const shares = (code: number) => ({
    inside: insideCount === 0 ? 0 : (within[code] as number) / insideCount,
    outside: outsideCount === 0 ? 0 : ((all[code] as number) - (within[code] as number)) / outsideCount,
  })
  const common = { name: column.name, type, absent: shares(0) }
  if ((type === 'integer' || type === 'float') && present.length > MAX_DIMENSION_NUMBERS) {
    return { ...common, values: [], more: 0, ...compareNumbers(coded, inside) }
  }
  const gaps = new Float64Array(all.length)
  for (const code of [0, ...present]) {
    const share = shares(code)
    gaps[code] = Math.abs(share.inside - share.outside)
  }
  const shown = mostFrequent(present, gaps, MAX_VALUES)
  return {
    ...common,
    score: gaps.reduce((most, gap) => Math.max(most, gap), 0),
    values: shown.map((code) => ({ value: values[code] as ColumnValue, ...shares(code) })),
    more: present.length - shown.length,
    histogram: null,
  }
}

/** The Kolmogorov-Smirnov distance between the numbers inside and outside, and a histogram of both. */
function compareNumbers(
  { codes, numbers: toNumbers }: CodedValues,
  inside: Uint8Array,
): Pick<Difference, 'score' | 'histogram'> {
  const byCode = toNumbers()
  const numbers = Float64Array.from(codes, (code) => byCode[code] as number)
  const { edges } = edgesOf(numbers, undefined, HISTOGRAM_CELLS)
  const order = sortedIndexes(numbers)
  let insideTotal = 0
  for (const index of order) insideTotal += inside[index] as number
  const outsideTotal = order.length - insideTotal
  const histogram = {
    edges: [...edges],
    inside: new Array<number>(HISTOGRAM_CELLS).fill(0),
    outside: new Array<number>(HISTOGRAM_CELLS).fill(0),
  }
  const share = (count: number, total: number) => (total === 0 ? 0 : count / total)
  let cell = 0
  let insideSeen = 0
  let distance = 0
  for (let at = 0; at < order.length; at++) {
    const index = order[at] as number
    const number = numbers[index] as number
    while (cell < HISTOGRAM_CELLS - 1 && number >= (edges[cell + 1] as number)) cell++
    const side = inside[index] === 1 ? histogram.inside : histogram.outside
    side[cell] = (side[cell] as number) + 1
    insideSeen += inside[index] as number
    // Equal numbers are one step of both distributions.
    if (at + 1 < order.length && numbers[order[at + 1] as number] === number) continue
    const gap = Math.abs(share(insideSeen, insideTotal) - share(at + 1 - insideSeen, outsideTotal))
    distance = Math.max(distance, gap)
  }
  return {
    score: insideTotal === 0 || outsideTotal === 0 ? 0 : distance,
    histogram: {
      ...histogram,
      inside: histogram.inside.map((count) => share(count, insideTotal)),
      outside: histogram.outside.map((count) => share(count, outsideTotal)),
    },
  }
}
