import { z } from 'zod'
import { count, cut, plural } from '../../../analysis/format.ts'
import { questionSearch } from '../../../analysis/questions/question.ts'
import {
  formatOfColumn,
  formatValue,
  nameOfValue,
  type ShownCalculation,
  shownCalculations,
} from '../../../analysis/questions/values.ts'
import {
  type Heatmap,
  type QueryAnswer,
  type QueryInput,
  QuerySpecification,
  type ResultRow,
} from '../../../contracts/sandbox/query.ts'
import { ALL_DATASETS } from '../../../contracts/sandbox/query-words.ts'
import { UserError } from '../../../contracts/user-error.ts'
import { defineTool } from '../tool.ts'

const MAX_ROWS = 50
const MAX_STEPS = 30
const MAX_TRACES = 5

const input = z.strictObject({
  query: z
    .record(z.string(), z.unknown())
    .describe(
      'A question in Honeycomb’s Query Specification. Every clause is optional: {"calculations": [{"op": "COUNT"}, {"op": "P95", "column": "duration_ms"}], "filters": [{"column": "http.response.status_code", "op": ">=", "value": 500}], "breakdowns": ["http.route"], "orders": [{"op": "COUNT", "order": "descending"}], "havings": [{"calculate_op": "COUNT", "op": ">", "value": 10}], "limit": 20, "time_range": 3600}. time_range is in seconds, by default two hours. Without calculations it is COUNT.',
    ),
  dataset: z.string().max(300).default(ALL_DATASETS).describe('A service’s name; by default all'),
  with_series: z.boolean().default(false).describe('Also the values of the first group over time'),
})

export const ask = defineTool({
  name: 'ask',
  title: 'Ask a question',
  description: `Counts, averages, percentiles and groups over all stored spans, span events and log records. list_columns says what columns there are. At most ${MAX_ROWS} groups are listed: set orders.`,
  input,
  isReadOnly: true,
  async run({ query, dataset, with_series }, { reads, page }) {
    const question = readQuestion(query)
    const answer = await reads.ask(question, dataset)
    const { results, groupCount, rows, stored, range, warnings, emptiedBy, traces } = answer
    const calculations = shownCalculations(question)
    const listed = results.slice(0, MAX_ROWS)
    return {
      facts: [
        `${plural(rows, 'event')} of ${count(stored)} stored match, from ${isoOf(range.start)} to ${isoOf(range.end)}. Counts and sums are weighted by each event's sample rate.`,
        `${plural(groupCount, 'group')}; ${plural(listed.length, 'result')} listed${results.length > listed.length ? ` of ${count(results.length)}: at most ${MAX_ROWS} are, in the order of the question; a having or a filter leaves fewer` : ''}.`,
        ...warnings.map(({ clause, message }) => `Warning${clause ? ` (${clause})` : ''}: ${message}`),
        ...(emptiedBy ? [`Nothing is left after ${emptiedBy.clause}: ${emptiedBy.message}`] : []),
        `In the viewer: ${page}/ask?${questionSearch(dataset, question)}`,
      ],
      telemetry: [
        ...listed.map((row) => resultLine(row, question, calculations)),
        ...answer.heatmaps.flatMap(heatmapLines),
        ...(with_series ? seriesLines(answer, question, calculations) : []),
        ...(traces.length > 0 ? ['Example traces, the slowest first:'] : []),
        ...traces.slice(0, MAX_TRACES).map(({ traceId, name, durationMs, error }) => {
          const length = durationMs === null ? '' : ` | ${formatValue(durationMs, 'ms')}`
          return `- ${traceId} | "${cut(name, 100)}"${length}${error ? ' | FAILED' : ''}`
        }),
      ],
      narrow: 'Set a smaller limit, or add a filter.',
    }
  },
})

function readQuestion(query: Readonly<Record<string, unknown>>): QueryInput {
  const { error } = QuerySpecification.safeParse(query)
  if (!error) return query as QueryInput
  const what = error.issues
    .slice(0, 10)
    .map(({ path, message }) => (path.length > 0 ? `${path.join('.')}: ${message}` : message))
    .join('\n')
  throw new UserError({ code: 'QUERY_INVALID', what, fix: 'docs/questions.md has every clause' })
}

function resultLine(
  row: ResultRow,
  { breakdowns }: QueryInput,
  calculations: readonly ShownCalculation[],
): string {
  const groups = (breakdowns ?? []).map((name) => `${name} = ${cut(nameOfValue(row[name]), 120)}`)
  return [...groups, ...calculations.map((one) => valueText(row, one))].join(' | ')
}

function valueText(row: ResultRow, { name, unit }: ShownCalculation): string {
  return `${name}: ${formatValue(row[name], unit)}`
}

/** How many events have which values, over the whole time: at most `MAX_STEPS` ranges. */
function heatmapLines({ name, column, edges, counts }: Heatmap): string[] {
  const rows = edges.length - 1
  const joined = Math.max(1, Math.ceil(rows / MAX_STEPS))
  const format = formatOfColumn(column)
  const lines = Array.from({ length: Math.ceil(rows / joined) }, (_, place) => {
    const [from, to] = [place * joined, Math.min(rows, (place + 1) * joined)]
    const events = counts.reduce((sum, one, at) => (at % rows >= from && at % rows < to ? sum + one : sum), 0)
    return `- ${format(edges[from] ?? 0)} to ${format(edges[to] ?? 0)}: ${count(Math.round(events))}`
  })
  return [`${name}, events by value:`, ...lines]
}

/** Of the first result, at most `MAX_STEPS` steps of time: of more, every so many. */
function seriesLines(
  { series, results }: QueryAnswer,
  { breakdowns }: QueryInput,
  calculations: readonly ShownCalculation[],
): string[] {
  const [first] = results
  const steps = series.filter(({ data }) => (breakdowns ?? []).every((name) => data[name] === first?.[name]))
  const every = Math.ceil(steps.length / MAX_STEPS)
  const kept = steps.filter((_, index) => index % every === 0)
  return [
    `The first result over time: ${plural(steps.length, 'step')}${every > 1 ? `, of which every ${every}th is listed` : ''}`,
    ...kept.map(
      ({ time, data }) => `- ${time} | ${calculations.map((one) => valueText(data, one)).join(' | ')}`,
    ),
  ]
}

function isoOf(unixSeconds: number): string {
  return new Date(unixSeconds * 1_000).toISOString()
}
