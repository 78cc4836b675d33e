import { expect } from 'vitest'
import { drawFaults, OUTCOME } from '../../contracts/planted-faults.ts'
import { BubbleUpAnswer, QueryAnswer, type QueryInput } from '../../contracts/sandbox/query.ts'
import { ALL_DATASETS } from '../../contracts/sandbox/query-words.ts'
import type { Span } from '../../contracts/sandbox/trace.ts'
import { STARTERS } from '../../viewer/ask/starters.ts'
import type { Learner } from '../harness/learner.ts'

/** Her draw has a slow cohort, and two faults that come and go. */
const NAME = 'Grace'
const DRAWN = ['b', 'd', 'h']
const LOAD = ['--rate', '25', '--errors', '0', '--seed', '7', '--duration']
const MAX_LOADS = 3
const USER_COLUMNS = ['app.user.plan', 'app.user.region', 'app.client.version']
/** A value is typical of a selection where so many of its events have it, and so many fewer of the others. Shares. */
const TYPICAL = { inside: 0.5, more: 0.2 }
/** The share of the requests that a learner takes for the highest part of the heatmap, if there is a gap below it. */
const HIGHEST = { least: 0.01, most: 0.15 }

type Filters = NonNullable<QueryInput['filters']>

/** Chapter 9 with the faults of a draw under load, found by questions on Ask, as its text and its hints say. */
export async function findDrawn(learner: Learner): Promise<void> {
  expect(drawFaults(NAME.toLowerCase())).toEqual(DRAWN)
  // Forgets the answers about faults that were planted by name.
  await learner.succeed('workshop', 'reset', '9', '--yes')
  await learner.succeed('workshop', 'plant', '--name', NAME)
  const { range, whom, traceId } = await loadUntilFound(learner)
  const slow = await learner.find(traceId, isLongestCall)
  await learner.expectNotYet(9, 'Whom does it affect?', `slow-cohort=${slow}`)
  await learner.expectNotYet(9, '1 of 3 found', `slow-cohort-for=${whom}`)

  // Hint of hidden-error: the attribute that tells how a call went.
  const outcomes = await groups(learner, { filters: [exists(OUTCOME)], breakdowns: [OUTCOME], ...range })
  const outcome = outcomes.find(({ row }) => row[OUTCOME] !== 'ok')
  const hidden = await learner.find(
    outcome?.traceId ?? '',
    ({ kind, attributes }) => kind === 'SERVER' && attributes[OUTCOME] === outcome?.row[OUTCOME],
  )
  await learner.expectNotYet(9, '2 of 3 found', `hidden-error=${hidden}`)

  // Hint of n-plus-one.
  const calls = [{ column: 'span.kind', op: '=', value: 'client' }, exists('url.path')] satisfies Filters
  const breakdowns = ['trace.trace_id', 'url.path']
  const [staircase] = await groups(learner, { filters: calls, breakdowns, ...range })
  const { 'trace.trace_id': id, 'url.path': path } = staircase?.row ?? {}
  const isCall = ({ kind, attributes }: Span) => kind === 'CLIENT' && attributes['url.path'] === path
  await learner.expectNotYet(
    9,
    'they are still planted',
    `n-plus-one=${await learner.find(String(id), isCall)}`,
  )

  await learner.succeed('workshop', 'unplant')
  await learner.succeed('load', ...LOAD, '10')
  await learner.expectPassed(9)
}

/** Sends loads until the slow requests are those of one cohort: on a busy machine others may be as slow. */
async function loadUntilFound(learner: Learner) {
  for (let loads = 1; ; loads++) {
    const sinceS = Math.floor(Date.now() / 1_000)
    await learner.succeed('load', ...LOAD, '50')
    const range = { start_time: sinceS, end_time: Math.ceil(Date.now() / 1_000) }
    const found = await findCohort(learner, range)
    if (found.whom.split(',').length === USER_COLUMNS.length || loads === MAX_LOADS)
      return { range, ...found }
  }
}

/** Draws around the highest part of the heatmap again and again, each time filtered to what was typical before. */
async function findCohort(learner: Learner, range: { start_time: number; end_time: number }) {
  const { question } = STARTERS.find(({ name }) => name === 'Which requests are slow?') ?? {}
  const reads: Filters = [
    ...(question?.filters ?? []),
    { column: 'http.request.method', op: '=', value: 'GET' },
  ]
  const { time_range: _twoHours, ...clauses } = question ?? {}
  const { heatmaps } = await post(learner, 'query', { ...clauses, filters: reads, ...range }, QueryAnswer)
  const selection = { ...range, column: 'duration_ms', min: highestOf(heatmaps[0]), max: 1e6 }
  const typical: Filters = []
  for (;;) {
    const query = { ...clauses, filters: [...reads, ...typical], ...range }
    const { dimensions, traces } = await post(learner, 'bubble-up', { query, selection }, BubbleUpAnswer)
    const next = dimensions
      .filter(({ name }) => USER_COLUMNS.includes(name) && !typical.some(({ column }) => column === name))
      .flatMap(({ name, values }) => values.map((one) => ({ name, ...one })))
      .filter(({ inside, outside }) => inside > TYPICAL.inside && inside - outside > TYPICAL.more)
      .toSorted((a, b) => b.inside - b.outside - (a.inside - a.outside))[0]
    const whom = typical.map(({ column, value }) => `${column}=${value}`).join(',')
    if (!next) return { whom, traceId: traces[0]?.traceId ?? '' }
    typical.push({ column: next.name, op: '=', value: next.value })
  }
}

/** The value above which the highest part of a heatmap is: the upper end of the emptiest row below it. */
function highestOf({ edges = [], counts = [], timesMs = [] }: Partial<QueryAnswer['heatmaps'][number]> = {}) {
  const rows = edges.length - 1
  const inRow = Array.from({ length: rows }, (_, row) =>
    [...timesMs.keys()].reduce((sum, time) => sum + (counts[time * rows + row] ?? 0), 0),
  )
  const all = inRow.reduce((sum, count) => sum + count, 0)
  const gaps = inRow.flatMap((count, row) => {
    const above = inRow.slice(row + 1).reduce((sum, one) => sum + one, 0) / all
    return above >= HIGHEST.least && above <= HIGHEST.most ? { count, row } : []
  })
  const [gap] = gaps.toSorted((a, b) => a.count - b.count)
  return edges[(gap?.row ?? -1) + 1] ?? 0
}

function exists(column: string): Filters[number] {
  return { column, op: 'exists' }
}

/** The groups of a question, those with the most events first, each with its slowest trace. */
async function groups(learner: Learner, question: QueryInput) {
  const orders = [{ op: 'COUNT', order: 'descending' }] as const
  const { results, resultTraces } = await post(
    learner,
    'query',
    { calculations: [{ op: 'COUNT' }], orders, ...question },
    QueryAnswer,
  )
  return results.map((row, index) => ({ row, traceId: resultTraces[index]?.traceId }))
}

/** Asks as the page does. */
async function post<Answer>(
  { workspace }: Learner,
  path: 'query' | 'bubble-up',
  body: object,
  schema: { parse(answer: unknown): Answer },
): Promise<Answer> {
  const response = await fetch(`${workspace.sandbox}/sandbox/${path}?dataset=${ALL_DATASETS}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return schema.parse(await response.json())
}

function isLongestCall(span: Span, spans: readonly Span[]): boolean {
  const calls = spans.filter(({ kind }) => kind === 'CLIENT')
  return span === calls.toSorted((a, b) => b.durationMs - a.durationMs)[0]
}
