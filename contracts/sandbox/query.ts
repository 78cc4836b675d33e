import { z } from 'zod'
import {
  CALCULATION_OPERATORS,
  COLUMN_TYPES,
  FILTER_OPERATORS,
  HAVING_OPERATORS,
  QUERY_LIMITS,
} from './query-words.ts'

// Questions to the stored events, in Honeycomb's Query Specification, and their answers. An event is a row: a span, a span
// event, a span link or a log record, with the columns that Honeycomb makes of it.
// Source: https://docs.honeycomb.io/reference/query-specification, https://api-docs.honeycomb.io/api/query-data

/** What an event can have in a column. A column that an event does not have is null in a result. */
const value = z.union([z.string(), z.number(), z.boolean()])
export type ColumnValue = z.output<typeof value>

const columnName = z.string().min(1, 'a column is missing').max(300)
const operator = z.enum(CALCULATION_OPERATORS)

/** Absent and null are the same: Honeycomb's own clients send both. */
const optional = <Schema extends z.ZodType>(schema: Schema) =>
  schema.nullish().transform((given) => given ?? undefined)

const filter = z.strictObject({
  column: columnName,
  op: z.enum(FILTER_OPERATORS),
  value: optional(
    z.union([value, z.array(value).max(QUERY_LIMITS.values)], {
      error: `must be text, a number, true or false, or a list of at most ${QUERY_LIMITS.values} of these`,
    }),
  ),
})
export type QueryFilter = z.output<typeof filter>

const filters = optional(z.array(filter).max(QUERY_LIMITS.filters))
const combination = optional(z.enum(['AND', 'OR']))

const calculation = z.strictObject({
  op: operator,
  column: optional(columnName),
  name: optional(z.string().min(1).max(100)),
  filters,
  filter_combination: combination,
})
export type Calculation = z.output<typeof calculation>

const order = z.strictObject({
  column: optional(columnName),
  op: optional(operator),
  order: optional(z.enum(['ascending', 'descending'])),
})

const having = z.strictObject({
  calculate_op: operator,
  column: optional(columnName),
  op: z.enum(HAVING_OPERATORS),
  value: z.number(),
})

const calculatedField = z.strictObject({
  name: columnName,
  expression: z.string().min(1).max(QUERY_LIMITS.expressionLength),
})

/** Unix seconds; Honeycomb takes whole ones. */
const seconds = optional(z.number().min(0).max(8e9))

/** A question. Every clause is optional; without `calculations` it is COUNT, without a time the last two hours. */
export const QuerySpecification = z.strictObject({
  /** Set by Honeycomb in its answers; ignored, whatever it is. */
  id: z
    .unknown()
    .optional()
    .transform(() => undefined),
  calculations: optional(z.array(calculation).max(QUERY_LIMITS.calculations)),
  filters,
  filter_combination: combination,
  breakdowns: optional(z.array(columnName).max(QUERY_LIMITS.breakdowns)),
  orders: optional(z.array(order).max(QUERY_LIMITS.breakdowns + QUERY_LIMITS.calculations)),
  havings: optional(z.array(having).max(QUERY_LIMITS.filters)),
  limit: optional(z.number().int().min(1).max(QUERY_LIMITS.results)),
  /** s; 0 counts as absent, as the Query Builder's export has it. */
  granularity: optional(z.number().int().min(0)),
  start_time: seconds,
  end_time: seconds,
  /** s */
  time_range: optional(z.number().min(1).max(8e9)),
  calculated_fields: optional(z.array(calculatedField).max(QUERY_LIMITS.calculatedFields)),
})
export type QuerySpecification = z.output<typeof QuerySpecification>
/** A specification as JSON has it. */
export type QueryInput = z.input<typeof QuerySpecification>

/** Something about one clause. `clause` is a path in the specification: `filters.1.op`; empty for all of it. */
const clauseNote = z.object({ clause: z.string(), message: z.string() })
export type ClauseNote = z.output<typeof clauseNote>

/** The body of a 400 or 503 from the query endpoints. */
export const QueryErrorBody = z.object({ message: z.string(), issues: z.array(clauseNote).readonly() })
export type QueryErrorBody = z.output<typeof QueryErrorBody>

const cell = value.nullable()
/** Breakdowns by column, and calculations by name. */
const resultRow = z.record(z.string(), cell)
export type ResultRow = z.output<typeof resultRow>

const exampleTrace = z.object({
  traceId: z.string(),
  spanId: z.string().nullable(),
  name: z.string(),
  /** Epoch milliseconds. */
  atMs: z.number(),
  durationMs: z.number().nullable(),
  error: z.boolean(),
})
export type ExampleTrace = z.output<typeof exampleTrace>

/** Weighted numbers of events by time and value. */
export const Heatmap = z.object({
  /** The calculation's name. */
  name: z.string(),
  column: z.string(),
  /** Logarithmic where the values spread over more than two powers of ten. */
  scale: z.enum(['linear', 'logarithmic']),
  /** The start of each column of cells, epoch ms. Each is `range.granularity` seconds wide. */
  timesMs: z.array(z.number()).readonly(),
  /** One more than there are rows of cells, ascending. A cell holds values from its edge up to, and without, the next; the last one holds its upper edge too. */
  edges: z.array(z.number()).readonly(),
  /** By time, and for each time by value from the lowest: `counts[time * (edges.length - 1) + row]`. */
  counts: z.array(z.number()).readonly(),
})
export type Heatmap = z.output<typeof Heatmap>

/** `POST /sandbox/query?dataset=` with a specification as its body. */
export const QueryAnswer = z.object({
  /** One row for each group, in the specification's order; at most its limit. */
  results: z.array(resultRow).readonly(),
  /** The slowest trace of each result; null where no event of it has a trace id. */
  resultTraces: z.array(exampleTrace.nullable()).readonly(),
  /** A row for each group in `results` and each bucket of time that has events of it; in the order of time. */
  series: z.array(z.object({ time: z.string(), data: resultRow })).readonly(),
  heatmaps: z.array(Heatmap).readonly(),
  /** Traces of the events that match, the slowest first; at most ten. */
  traces: z.array(exampleTrace).readonly(),
  /** Stored events that match. Not weighted by their sample rates. */
  rows: z.number(),
  /** Stored events of the dataset. */
  stored: z.number(),
  /** Groups before `havings` and `limit`. */
  groupCount: z.number(),
  /** Unix seconds, and the width of a bucket of time in seconds. The end is not included. */
  range: z.object({ start: z.number(), end: z.number(), granularity: z.number() }),
  /** What may not be as meant, as a column that no event has. */
  warnings: z.array(clauseNote).readonly(),
  /** Where there is no result: the clause that removed the last event. */
  emptiedBy: clauseNote.nullable(),
  elapsedMs: z.number(),
})
export type QueryAnswer = z.output<typeof QueryAnswer>

const columnType = z.enum(COLUMN_TYPES)
export type ColumnType = z.output<typeof columnType>

const column = z.object({
  name: z.string(),
  type: columnType,
  /** 0 to 1: how many of the dataset's events have it. */
  share: z.number(),
  /** Different values. */
  distinct: z.number(),
  /** The most frequent ones, text cut after 1,000 characters; `share` is that of the dataset's events. */
  values: z.array(z.object({ value, share: z.number() })).readonly(),
})
export type ColumnEntry = z.output<typeof column>

/** `GET /sandbox/columns?dataset=&column=&contains=`: with `column` that one only, and values that contain the text. */
export const ColumnList = z.object({
  columns: z.array(column).readonly(),
  /** Every dataset with events. */
  datasets: z.array(z.object({ slug: z.string(), name: z.string(), rows: z.number() })).readonly(),
  /** Stored events of the dataset. */
  rows: z.number(),
  /** Events that could not be loaded in full, because they have more columns or text than a question may use. */
  truncated: z.number(),
})
export type ColumnList = z.output<typeof ColumnList>

/** The events of the question that are selected: an area of a heatmap, or one group of a result. */
const selection = z.union(
  [
    z.strictObject({
      /** Unix seconds; the end is not included. */
      start_time: z.number(),
      end_time: z.number(),
      column: columnName,
      /** Both included. */
      min: z.number(),
      max: z.number(),
    }),
    z.strictObject({ group: z.record(z.string(), cell) }),
  ],
  { error: 'must have start_time, end_time, column, min and max, or group' },
)
export type Selection = z.output<typeof selection>

/** The body of `POST /sandbox/bubble-up?dataset=`. */
export const BubbleUpQuestion = z.strictObject({ query: QuerySpecification, selection })
export type BubbleUpQuestion = z.output<typeof BubbleUpQuestion>
export type BubbleUpInput = z.input<typeof BubbleUpQuestion>

const difference = z.object({
  name: z.string(),
  type: columnType,
  /** 0 to 1. Of a dimension the largest difference between the shares of one value inside and outside, or of the events without it alone where no two events share a value; of a measure the largest between the two cumulative distributions (Kolmogorov-Smirnov), or between the shares without it. */
  score: z.number(),
  /** Shares of the events without the column, 0 to 1. */
  withoutColumn: z.object({ inside: z.number(), outside: z.number() }),
  /** Of a dimension: the values that differ most. Shares of the events inside and outside, 0 to 1. */
  values: z.array(z.object({ value, inside: z.number(), outside: z.number() })).readonly(),
  /** Of a dimension: how many values are left out of `values`. */
  omittedValues: z.number(),
  /** Of a measure: shares of the events that have the column. `edges` has one more than the shares. */
  histogram: z
    .object({
      edges: z.array(z.number()).readonly(),
      inside: z.array(z.number()).readonly(),
      outside: z.array(z.number()).readonly(),
    })
    .nullable(),
})
export type Difference = z.output<typeof difference>

/** The answer of `POST /sandbox/bubble-up`. The columns that the selection was made by are left out. */
export const BubbleUpAnswer = z.object({
  /** Events in the selection, and those of the question that are not. Not weighted. */
  inside: z.number(),
  outside: z.number(),
  /** Text, booleans, and numbers with few values. The most different first. */
  dimensions: z.array(difference).readonly(),
  /** Numbers with many values. The most different first. */
  measures: z.array(difference).readonly(),
  /** Of the selection, the slowest first; at most ten. */
  traces: z.array(exampleTrace).readonly(),
  elapsedMs: z.number(),
})
export type BubbleUpAnswer = z.output<typeof BubbleUpAnswer>
