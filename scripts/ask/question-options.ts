import { readCalculation, readHaving, readOrder } from '../../analysis/questions/clause-text.ts'
import { type Read, readColumn, readFilter, splitAtCommas } from '../../analysis/questions/filter-text.ts'
import { cleanQuestion, withTimes } from '../../analysis/questions/question.ts'
import type { Times } from '../../analysis/times.ts'
import type { QueryInput } from '../../contracts/sandbox/query.ts'
import { CALCULATION_OPERATORS, FILTER_OPERATORS } from '../../contracts/sandbox/query-words.ts'
import { UserError } from '../../contracts/user-error.ts'
import type { CommandOption } from '../command-line/command.ts'
import { readLengthMs, readMomentMs } from '../command-line/typed-time.ts'

/** The clauses of a question, in the words of the Ask page. */
export const CLAUSE_OPTIONS = {
  calculate: {
    type: 'string',
    multiple: true,
    meaning: 'COUNT, "P95(duration_ms)", "HEATMAP(duration_ms)" … (COUNT)',
  },
  where: { type: 'string', multiple: true, meaning: '"duration_ms > 100", "error = true", "name in a, b"' },
  any: { type: 'boolean', meaning: 'Events of which any --where holds, instead of all' },
  'group-by': { type: 'string', multiple: true, meaning: 'Columns: http.route, service.name' },
  having: { type: 'string', multiple: true, meaning: 'Of groups: "COUNT > 10"' },
  order: { type: 'string', multiple: true, meaning: '"COUNT desc", "http.route asc"' },
  limit: { type: 'string', meaning: 'Groups (100)' },
  field: { type: 'string', multiple: true, meaning: 'A calculated column: "slow = GT($duration_ms, 100)"' },
} as const satisfies Record<string, CommandOption>

export const TIME_OPTIONS = {
  range: { type: 'string', meaning: 'The length of the time: 10m, 2h, 7d (2h)' },
  since: { type: 'string', meaning: 'From then on: 10m, 2026-11-26T12:30 or epoch milliseconds' },
  until: { type: 'string', meaning: 'Up to then (now)' },
  granularity: { type: 'string', meaning: 'The width of a step of the charts: 10s, 1m' },
} as const satisfies Record<string, CommandOption>

type ValuesOf<Options extends Record<string, CommandOption>> = {
  readonly [Name in keyof Options]?:
    | (Options[Name] extends { readonly multiple: true }
        ? readonly string[]
        : Options[Name] extends { readonly type: 'boolean' }
          ? boolean
          : string)
    | undefined
}
export type ClauseValues = ValuesOf<typeof CLAUSE_OPTIONS>
export type TimeValues = ValuesOf<typeof TIME_OPTIONS>

export function hasClauses(values: ClauseValues): boolean {
  return Object.keys(CLAUSE_OPTIONS).some((name) => values[name as keyof ClauseValues] !== undefined)
}

/** The question that the options ask. Throws a UserError with the code USAGE for a clause that cannot be read. */
export function questionOf(values: ClauseValues): QueryInput {
  const calculations = splitAll(values.calculate).map((text) =>
    term('calculate', text, readCalculation(text)),
  )
  const breakdowns = splitAll(values['group-by']).map(readColumn)
  const names = [...breakdowns, ...calculations.flatMap(({ name }) => name ?? [])]
  return cleanQuestion({
    calculations,
    breakdowns,
    filters: (values.where ?? []).map((text) => term('where', text, readFilter(text, FILTER_OPERATORS))),
    filter_combination: values.any ? 'OR' : undefined,
    havings: (values.having ?? []).map((text) => term('having', text, readHaving(text))),
    orders: splitAll(values.order).map((text) => term('order', text, readOrder(text, names))),
    limit: values.limit === undefined ? undefined : wholeNumber('limit', values.limit),
    calculated_fields: (values.field ?? []).map((text) => term('field', text, readField(text))),
  })
}

function splitAll(texts: readonly string[] = []): string[] {
  return texts.flatMap(splitAtCommas)
}

function readField(text: string): Read<{ name: string; expression: string }> {
  const [, name = '', expression = ''] = /^\s*([^\s=]+)\s*=\s*(.+)$/s.exec(text) ?? []
  if (!name)
    return { missing: 'A calculated column has a name and an expression: "slow = GT($duration_ms, 100)".' }
  return { term: { name, expression } }
}

function term<Term>(option: keyof typeof CLAUSE_OPTIONS, text: string, read: Read<Term>): Term {
  if ('term' in read) return read.term
  throw wrong(option, text, read.missing, EXAMPLES[option] ?? CLAUSE_OPTIONS[option].meaning)
}

/** For the fix of an option that cannot be read, where its meaning is no example. */
const EXAMPLES: Readonly<Record<string, string>> = {
  calculate: `One of ${CALCULATION_OPERATORS.join(', ')}, with a column: "P95(duration_ms)"`,
  range: '--range 10m',
  since: '--since 10m',
  until: '--until 2026-11-26T12:30',
  granularity: '--granularity 10s',
}

function wrong(option: string, text: string, why: string, example: string): UserError {
  return new UserError({
    code: 'USAGE',
    what: `--${option} ${JSON.stringify(text)}: ${why}`,
    fix: `${example} (npm run ask -- --help)`,
  })
}

function wholeNumber(option: string, text: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && value > 0) return value
  throw wrong(option, text, 'it is not a whole number above 0.', `--${option} 10`)
}

/** The question at the times of the options, where any are given. Throws a UserError with the code USAGE. */
export function atTimes(question: QueryInput, values: TimeValues, nowMs = Date.now()): QueryInput {
  const times = timesOf(values, nowMs)
  if (!times) return question
  const granularity = times.granularity ?? question.granularity
  const { granularity: _, ...range } = times
  const hasRange = Object.values(range).some((value) => value !== undefined)
  if (!hasRange) return cleanQuestion({ ...question, granularity })
  return withTimes(question, { ...range, granularity })
}

function timesOf(values: TimeValues, nowMs: number): Times | undefined {
  const { range, since, until, granularity } = values
  if ([range, since, until, granularity].every((value) => value === undefined)) return undefined
  const length = (option: 'range' | 'since' | 'granularity', text: string) => {
    const ms = readLengthMs(text, 's')
    if (ms === undefined || ms < 1_000)
      throw wrong(option, text, 'it is not a length of time.', EXAMPLES[option] ?? '')
    return Math.round(ms / 1_000)
  }
  const moment = (option: 'since' | 'until', text: string) => {
    const ms = readMomentMs(text, nowMs)
    if (ms === undefined) throw wrong(option, text, 'it is not a time.', EXAMPLES[option] ?? '')
    return Math.floor(ms / 1_000)
  }
  // `--since 10m` ends now, also when the link is opened later.
  const isAgo =
    since !== undefined &&
    until === undefined &&
    range === undefined &&
    readLengthMs(since) !== undefined &&
    !/^\d+$/.test(since)
  return {
    time_range: range !== undefined ? length('range', range) : isAgo ? length('since', since) : undefined,
    start_time: since === undefined || isAgo ? undefined : moment('since', since),
    end_time: until === undefined ? undefined : moment('until', until),
    granularity: granularity === undefined ? undefined : length('granularity', granularity),
  }
}
