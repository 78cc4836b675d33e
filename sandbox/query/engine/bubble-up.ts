import type {
  BubbleUpAnswer,
  BubbleUpQuestion,
  ColumnValue,
  Difference,
  Selection,
} from '../../../contracts/sandbox/query.ts'
import type { CheckDeadline } from '../../read-thread/deadline.ts'
import type { CodedValues, Column } from '../events/column.ts'
import { typeOfCodes } from '../events/dictionary.ts'
import type { EventTable } from '../events/event-table.ts'
import { clauseError } from '../query-error.ts'
import { countCodes, highest, presentCodes } from './code-counts.ts'
import { slowestTraces } from './example-traces.ts'
import { select } from './filters.ts'
import { edgesOf } from './heatmap.ts'
import { findMatching } from './matching-events.ts'
import { SelectedEvents } from './selected-events.ts'
import { readSpecification } from './specification.ts'

/** A number with more different values than this is a measure. */
const MAX_DIMENSION_NUMBERS = 20
const MAX_VALUES = 12
/** Longer values, as stack traces, are counted in `omittedValues`. */
const MAX_VALUE_LENGTH = 4_000
const HISTOGRAM_CELLS = 20
/** Stands for a value that no event has. */
const NO_CODE = -1

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
  const mask = maskOfSelection(selection, selected)
  const insideIndexes = select(
    Uint32Array.from(mask, (_, index) => index),
    mask,
  )
  const dimensions: Difference[] = []
  const measures: Difference[] = []
  const scratch = new Uint32Array(selected.rows.length)
  const chosen = 'group' in selection ? Object.keys(selection.group) : [selection.column]
  for (const column of selected.columns.all()) {
    check()
    // What was selected by differs by definition: it says nothing new.
    if (chosen.includes(column.name)) continue
    const difference = differenceOf(column, selected.rows, insideIndexes, scratch)
    if (!difference) continue
    if (difference.histogram) measures.push(difference)
    else dimensions.push(difference)
  }
  const byScore = (a: Difference, b: Difference) => b.score - a.score || (a.name < b.name ? -1 : 1)
  const traces = slowestTraces(
    new SelectedEvents(table, selected.columns, select(selected.rows, mask), check),
  )
  return {
    inside: insideIndexes.length,
    outside: mask.length - insideIndexes.length,
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
      if (wanted !== null) checkColumn(name, `selection.group.${name}`, selected)
      const { codes } = selected.column(name)
      const code = wanted === null ? 0 : selected.columns.get(name)?.dictionary.codeOf(wanted) || NO_CODE
      for (let index = 0; index < mask.length; index++) if (codes[index] !== code) mask[index] = 0
    }
    return mask
  }
  const { column, min, max } = selection
  checkColumn(column, 'selection.column', selected)
  const [startMs, endMs] = [selection.start_time * 1_000, selection.end_time * 1_000]
  const numbers = selected.numbers({ column })
  for (let index = 0; index < mask.length; index++) {
    const time = selected.timesMs[index] as number
    const number = numbers[index] as number
    if (time >= startMs && time < endMs && number >= min && number <= max) mask[index] = 1
  }
  return mask
}

function checkColumn(name: string, clause: string, selected: SelectedEvents): void {
  if (!selected.columns.has(name))
    throw clauseError([{ clause, message: `no event has the column "${name}"` }])
}

/** How many events have each value of a column, by code: of all events, and of the selected ones. */
interface Counts {
  readonly all: Uint32Array
  readonly inside: Uint32Array
  readonly allTotal: number
  readonly insideTotal: number
}

/** Undefined for a column that none of the events has. */
function differenceOf(
  column: Column,
  rows: Uint32Array,
  insideIndexes: Uint32Array,
  scratch: Uint32Array,
): Difference | undefined {
  const coded = column.of(rows, scratch)
  const { codes, dictionary } = coded
  const inside = new Uint32Array(dictionary.size)
  for (let at = 0; at < insideIndexes.length; at++) {
    const code = codes[insideIndexes[at] as number] as number
    inside[code] = (inside[code] as number) + 1
  }
  const all = countCodes(codes, dictionary.size)
  const present = presentCodes(all)
  if (present.length === 0) return undefined
  const counts = { all, inside, allTotal: rows.length, insideTotal: insideIndexes.length }
  const type = typeOfCodes(dictionary, present)
  const common = { name: column.name, type, withoutColumn: sharesOf(counts, 0) }
  if ((type === 'integer' || type === 'float') && present.length > MAX_DIMENSION_NUMBERS) {
    const { distance, histogram } = compareNumbers(coded, counts)
    const score = Math.max(distance, gapOf(counts, 0))
    return { ...common, score, values: [], omittedValues: 0, histogram }
  }
  const gaps = new Float64Array(all.length)
  let score = gapOf(counts, 0)
  // A column in which every event has another value, as an id, differs in a small selection by nothing but chance.
  const isUnique = present.length === rows.length - (all[0] as number)
  for (let at = 0; at < present.length; at++) {
    const code = present[at] as number
    const gap = gapOf(counts, code)
    gaps[code] = gap
    if (gap > score && !isUnique) score = gap
  }
  const short = present.filter((code) => String(dictionary.value(code)).length <= MAX_VALUE_LENGTH)
  const shown = highest(short, gaps, MAX_VALUES)
  return {
    ...common,
    score,
    values: shown.map((code) => ({
      value: dictionary.value(code) as ColumnValue,
      ...sharesOf(counts, code),
    })),
    omittedValues: present.length - shown.length,
    histogram: null,
  }
}

function gapOf({ all, inside, allTotal, insideTotal }: Counts, code: number): number {
  const within = inside[code] as number
  return Math.abs(share(within, insideTotal) - share((all[code] as number) - within, allTotal - insideTotal))
}

function sharesOf({ all, inside, allTotal, insideTotal }: Counts, code: number) {
  const within = inside[code] as number
  return {
    inside: share(within, insideTotal),
    outside: share((all[code] as number) - within, allTotal - insideTotal),
  }
}

function share(count: number, total: number): number {
  return total === 0 ? 0 : count / total
}

/** The Kolmogorov-Smirnov distance between the numbers inside and outside, and a histogram of both. */
function compareNumbers(coded: CodedValues, { all, inside }: Counts) {
  const numbers = coded.dictionary.numbers()
  const codes = coded.dictionary.sortedCodes().filter((code) => (all[code] as number) > 0)
  let insideTotal = 0
  let total = 0
  for (const code of codes) {
    insideTotal += inside[code] as number
    total += all[code] as number
  }
  const outsideTotal = total - insideTotal
  const { edges } = edgesOf(
    Float64Array.from(codes, (code) => numbers[code] as number),

    HISTOGRAM_CELLS,
  )
  const insideCells = new Array<number>(HISTOGRAM_CELLS).fill(0)
  const outsideCells = new Array<number>(HISTOGRAM_CELLS).fill(0)
  let cell = 0
  let insideSeen = 0
  let outsideSeen = 0
  let distance = 0
  for (const code of codes) {
    const within = inside[code] as number
    const without = (all[code] as number) - within
    while (cell < HISTOGRAM_CELLS - 1 && (numbers[code] as number) >= (edges[cell + 1] as number)) cell++
    insideCells[cell] = (insideCells[cell] as number) + within
    outsideCells[cell] = (outsideCells[cell] as number) + without
    insideSeen += within
    outsideSeen += without
    distance = Math.max(distance, Math.abs(share(insideSeen, insideTotal) - share(outsideSeen, outsideTotal)))
  }
  return {
    distance: insideTotal === 0 || outsideTotal === 0 ? 0 : distance,
    histogram: {
      edges: [...edges],
      inside: insideCells.map((count) => share(count, insideTotal)),
      outside: outsideCells.map((count) => share(count, outsideTotal)),
    },
  }
}
