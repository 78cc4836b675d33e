import fc from 'fast-check'
import type { QueryInput } from '../../contracts/sandbox/query.ts'
import {
  CALCULATION_OPERATORS,
  FILTER_OPERATORS,
  HAVING_OPERATORS,
  OPERATORS_WITHOUT_COLUMN,
} from '../../contracts/sandbox/query-words.ts'
import type { Expressions } from './naive-query.ts'
import { FIRST_SECOND, SPAN_OF_SECONDS, TEXTS } from './random-telemetry.ts'

type Clause<Name extends keyof QueryInput> = NonNullable<NonNullable<QueryInput[Name]>>
type Filter = Clause<'filters'>[number]
type Having = Clause<'havings'>[number]
type Calculation = Clause<'calculations'>[number]

const NUMBERS = ['duration_ms', 'n', 'x', 'status_code', 'span.num_events', 'severity_code', 'flags']
const COLUMNS = [
  ...NUMBERS,
  ...[
    'name',
    'service.name',
    'plan',
    'mixed',
    'flag',
    'error',
    'ключ',
    'list',
    'bytes',
    'tree',
    'tree.a',
    'tree.b.c',
  ],
  ...[
    'tree.a.b.c.d.e',
    'type',
    'span.kind',
    'severity',
    'severity_text',
    'event.name',
    'body',
    'body.a',
    'body.a.b',
  ],
  ...['meta.signal_type', 'meta.annotation_type', 'meta.invalid_duration', 'meta.time_since_span_start_ms'],
  ...['meta.invalid_time_since_span_start', 'trace.trace_id', 'trace.parent_id', 'trace.link.trace_id'],
  ...[
    'trace.trace_state',
    'parent_name',
    'library.name',
    'library.version',
    'status_message',
    'resource.schema_url',
  ],
  ...['scope.schema_url', 'telemetry.instrumentation_library', 'exception.message', 'exception.escaped'],
  ...['sampleRate', 'SampleRate', 'nothing', 'no such column'],
]

/** Fields with a meaning that is beyond doubt; the language has its own tests. */
export const EXPRESSIONS: Expressions = {
  'IF(EXISTS($duration_ms), MUL($duration_ms, 2))': ({ duration_ms: duration }) =>
    typeof duration === 'number' ? duration * 2 : undefined,
  'COALESCE($plan, "none")': ({ plan }) => plan ?? 'none',
  'IF(EXISTS($flag), "has one", "has none")': ({ flag }) => (flag === undefined ? 'has none' : 'has one'),
}
const FIELDS = Object.keys(EXPRESSIONS).map((expression, index) => ({ name: `field ${index}`, expression }))

const numberColumn = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('duration_ms', 'n', 'x') },
  fc.constantFrom(...NUMBERS, 'mixed'),
)
const column = fc.oneof(
  fc.constantFrom('plan', 'mixed', 'n', 'x', 'flag', 'duration_ms', 'name', 'service.name'),
  fc.constantFrom(...COLUMNS),
)

const value = fc.oneof(
  fc.constantFrom(...TEXTS, 'trace', 'retry', 'GET /', 'server', 'false', 'nobody'),
  fc.integer({ min: -6, max: 45 }),
  fc.integer({ min: -80, max: 8_000 }).map((number) => number / 8),
  fc.boolean(),
)

const filter: fc.Arbitrary<Filter> = fc
  .record({
    column,
    op: fc.constantFrom(...FILTER_OPERATORS),
    one: value,
    some: fc.array(value, { minLength: 1, maxLength: 4 }),
  })
  .map(({ column: name, op, one, some }) => {
    if (op === 'exists' || op === 'does-not-exist') return { column: name, op }
    return { column: name, op, value: op === 'in' || op === 'not-in' ? some : one }
  })
const combination = fc.constantFrom(undefined, 'AND' as const, 'OR' as const)

const calculation: fc.Arbitrary<Calculation> = fc
  .record({
    op: fc.constantFrom(...CALCULATION_OPERATORS),
    any: column,
    number: numberColumn,
    hasColumn: fc.boolean(),
    filters: fc.option(fc.array(filter, { minLength: 1, maxLength: 2 }), { nil: undefined, freq: 6 }),
    filter_combination: combination,
  })
  .map(({ op, any, number, hasColumn, filters, filter_combination }) => ({
    op,
    ...(op === 'COUNT_DISTINCT' && { column: any }),
    ...(op === 'COUNT' && hasColumn && { column: any }),
    ...(!OPERATORS_WITHOUT_COLUMN.includes(op) && op !== 'COUNT_DISTINCT' && { column: number }),
    ...(filters && { filters, ...(filter_combination && { filter_combination }) }),
  }))

const calculations = fc
  .uniqueArray(calculation, { maxLength: 4, selector: ({ op, column: of }) => `${op} ${of}` })
  .chain((all) =>
    fc
      .array(fc.boolean(), { minLength: all.length, maxLength: all.length })
      .map((named) =>
        all.map((one, index) => (named[index] || one.filters ? { ...one, name: `c${index}` } : one)),
      ),
  )

/** Ranges around the data: some begin or end in the middle of it, some are days long. */
const times = fc
  .record({
    start: fc.integer({ min: -20, max: SPAN_OF_SECONDS - 1 }),
    length: fc.oneof(
      fc.integer({ min: 1, max: SPAN_OF_SECONDS + 40 }),
      { weight: 2, arbitrary: fc.constant(SPAN_OF_SECONDS + 40) },
      fc.constantFrom(3_600, 86_400, 5 * 86_400),
    ),
    form: fc.constantFrom('both', 'start and range', 'end and range', 'end'),
    /** Of the widths that are allowed: 0 to 1. */
    width: fc.option(fc.integer({ min: 0, max: 100 }), { nil: undefined }),
  })
  .map(({ start, length, form, width }) => {
    const start_time = FIRST_SECOND + start
    const end_time = start_time + length
    const seconds = form === 'end' ? 7_200 : length
    const [least, most] = [Math.max(1, Math.ceil(seconds / 1_000)), seconds]
    return {
      ...(form === 'both' && { start_time, end_time }),
      ...(form === 'start and range' && { start_time, time_range: length }),
      ...(form === 'end and range' && { end_time, time_range: length }),
      ...(form === 'end' && { end_time }),
      ...(width !== undefined && { granularity: Math.round(least + ((most - least) * width) / 100) }),
    }
  })

/** A part of the items, in any order. */
const someOf = <Item>(items: readonly Item[]) =>
  fc.shuffledSubarray([...items], { maxLength: Math.min(3, items.length) })

/** Questions that are right in every clause. */
export const questions: fc.Arbitrary<QueryInput> = fc
  .record({
    calculations,
    filters: fc.oneof(fc.constant([]), fc.array(filter, { maxLength: 3 })),
    filter_combination: combination,
    breakdowns: fc.uniqueArray(column, { maxLength: 3 }),
    limit: fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined, freq: 4 }),
    times,
    fields: fc.oneof({ weight: 4, arbitrary: fc.constant([]) }, fc.subarray(FIELDS, { minLength: 1 })),
    usesField: fc.boolean(),
  })
  .chain(({ times: time, fields, usesField, ...clauses }) => {
    const [field] = fields
    const breakdowns = field && usesField ? [...clauses.breakdowns, field.name] : clauses.breakdowns
    const asked = clauses.calculations.length === 0 ? [{ op: 'COUNT' as const }] : clauses.calculations
    const orderable = asked.filter(({ op }) => op !== 'HEATMAP')
    const havings = (): fc.Arbitrary<Having[]> =>
      fc.array(
        fc
          .record({
            of: fc.constantFrom(...orderable),
            op: fc.constantFrom(...HAVING_OPERATORS),
            value: fc.integer({ min: -2, max: 60 }),
          })
          .map(({ of, op, value: than }) => {
            const { op: calculate_op, ...others } = operationOf(of)
            return { calculate_op, ...others, op, value: than }
          }),
        { maxLength: 2 },
      )
    return fc.record({
      clauses: fc.constant({
        ...clauses,
        ...time,
        breakdowns,
        ...(fields.length > 0 && { calculated_fields: fields }),
      }),
      orders: fc
        .tuple(
          someOf([...breakdowns.map((name) => ({ column: name })), ...orderable.map(operationOf)]),
          fc.array(direction, { minLength: 3, maxLength: 3 }),
        )
        .map(([all, directions]) =>
          all.map((one, index) => ({ ...one, ...(directions[index] && { order: directions[index] }) })),
        ),
      havings: orderable.length === 0 ? fc.constant([]) : fc.oneof(fc.constant([]), havings()),
    })
  })
  .map(({ clauses, orders, havings }) => JSON.parse(JSON.stringify({ ...clauses, orders, havings })))

const direction = fc.constantFrom(undefined, 'ascending' as const, 'descending' as const)

function operationOf({ op, column: of }: Calculation) {
  return of === undefined ? { op } : { op, column: of }
}
