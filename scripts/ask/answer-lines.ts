import { count, plural } from '../../analysis/format.ts'
import { clauseText } from '../../analysis/questions/clause-text.ts'
import { type Group, groupsOf } from '../../analysis/questions/groups.ts'
import { linesOf } from '../../analysis/questions/series.ts'
import {
  formatNumber,
  formatValue,
  nameOfValue,
  type ShownCalculation,
  shownCalculations,
} from '../../analysis/questions/values.ts'
import { lengthName, timesInWords } from '../../analysis/times.ts'
import type { ClauseNote, ColumnList, QueryAnswer, QueryInput } from '../../contracts/sandbox/query.ts'
import { type Line, wrapped } from '../command-line/styled-lines.ts'
import { SHORT_ID } from '../traces/request-lines.ts'
import { chartLines } from './chart-lines.ts'
import { heatmapLines } from './heatmap-lines.ts'
import { type TableColumn, tableLines } from './table-lines.ts'

const MOST_DATASETS = 10
const MOST_COLUMNS = 5

/** An answer: a chart of each calculation over time, heatmaps, a table of the groups, and what it was made of. */
export function answerLines(question: QueryInput, answer: QueryAnswer, width: number): Line[] {
  const calculations = shownCalculations(question)
  const groups = groupsOf(answer, question.breakdowns ?? [])
  const sections = [
    ...answer.heatmaps.map((heatmap) => heatmapLines(heatmap, width)),
    ...chartsOf(question, answer, groups, calculations, width),
    calculations.length > 0 || groups.length > 1
      ? tableLines(columnsOf(question, answer, groups, calculations), width)
      : [],
    footLines(question, answer, width),
  ]
  return sections
    .filter((lines) => lines.length > 0)
    .flatMap((lines, index) => (index > 0 ? [[], ...lines] : lines))
}

function chartsOf(
  question: QueryInput,
  answer: QueryAnswer,
  groups: readonly Group[],
  calculations: readonly ShownCalculation[],
  width: number,
): Line[][] {
  const names = calculations.map(({ name }) => name)
  const { values, starts, granularity } = linesOf(answer, groups, question.breakdowns ?? [], names)
  if (starts.length < 2) return []
  return calculations.map(({ name, unit }) =>
    chartLines({ title: name, unit, groups, values: values.get(name) ?? [], starts, granularity }, width),
  )
}

function columnsOf(
  { breakdowns }: QueryInput,
  { results, resultTraces }: QueryAnswer,
  groups: readonly Group[],
  calculations: readonly ShownCalculation[],
): TableColumn[] {
  const named = (breakdowns ?? []).map((title, place) => ({
    title,
    cells: groups.map(({ values }) => nameOfValue(values[place]?.[1])),
    isNumber: false,
  }))
  const calculated = calculations.map(({ name, unit }) => ({
    title: name,
    cells: results.map((row) => formatValue(row[name], unit)),
    isNumber: true,
  }))
  const traces = resultTraces.map((trace) => trace?.traceId.slice(0, SHORT_ID) ?? '–')
  return [...named, ...calculated, { title: 'Slowest trace', cells: traces, isNumber: false }]
}

function footLines(question: QueryInput, answer: QueryAnswer, width: number): Line[] {
  const { rows, stored, groupCount, results, range } = answer
  const hasGroups = (question.breakdowns?.length ?? 0) > 0
  const shown = results.length < groupCount ? `, ${count(results.length)} of them shown` : ''
  const text = [
    `${formatNumber(rows, 'count')} of ${plural(stored, 'stored event')} matched`,
    ...(hasGroups ? [`${plural(groupCount, 'group')}${shown}`] : []),
    `${timesInWords(range.start, range.end)} (${lengthName(range.end - range.start)})`,
  ].join(' · ')
  return wrapped(text, width).map((line): Line => [{ text: line, style: 'dim' }])
}

/** What the sandbox says about a clause: `WHERE plan = pro: no event has this column`. */
export function noteText(question: QueryInput, { clause, message }: ClauseNote): string {
  return clause ? `${clauseText(question, clause)}: ${message}` : message
}

/** In place of an answer without a result: which clause left nothing, and what is stored. */
export function nothingLines(
  question: QueryInput,
  answer: QueryAnswer,
  { datasets }: Pick<ColumnList, 'datasets'>,
  width: number,
): Line[] {
  const { stored, emptiedBy, rows, range } = answer
  const why = emptiedBy ? ` ${noteText(question, emptiedBy)}` : ''
  const all = datasets.reduce((sum, one) => sum + one.rows, 0)
  const listed = datasets
    .slice(0, MOST_DATASETS)
    .map(({ slug, rows: events }) => `${slug} (${count(events)})`)
  const more =
    datasets.length > MOST_DATASETS ? ` and ${plural(datasets.length - MOST_DATASETS, 'more dataset')}` : ''
  const texts = [
    `${rows > 0 ? 'No group is left.' : 'No event matches.'}${why}`,
    `Asked: ${timesInWords(range.start, range.end)}, ${plural(stored, 'stored event')}.`,
    all > 0
      ? `Stored: ${plural(all, 'event')} of ${listed.join(', ')}${more}.`
      : 'The sandbox has no events yet. npm run verify sends two requests.',
  ]
  return texts.flatMap((text) => wrapped(text, width)).map((text): Line => [text])
}

/** Whether any event has a value of the calculated columns. A chart of none would be a line at 0. */
export function hasValues(question: QueryInput, { results, heatmaps }: QueryAnswer): boolean {
  const calculations = shownCalculations(question)
  const isValue = (value: unknown) => value !== null && value !== undefined
  return (
    calculations.length === 0 ||
    heatmaps.length > 0 ||
    results.some((row) => calculations.some(({ name }) => isValue(row[name])))
  )
}

/** In place of an answer without a value: the columns with nearly the asked names. */
export function valuelessLines(
  { calculations }: QueryInput,
  { columns }: { readonly columns: readonly { readonly name: string }[] },
  width: number,
): Line[] {
  const plain = (name: string) => name.toLowerCase().replace(/[^a-z0-9]/g, '')
  const asked = (calculations ?? []).flatMap(({ column }) => (column ? plain(column) : []))
  const alike = columns.filter(({ name }) => asked.some((one) => plain(name).includes(one)))
  const names = alike.slice(0, MOST_COLUMNS).map(({ name }) => name)
  const hint = names.length > 0 ? ` There are columns of nearly this name: ${names.join(', ')}.` : ''
  const text = `No event that matches has a value to calculate with.${hint}`
  return wrapped(text, width).map((line): Line => [line])
}
