import type { QueryInput } from '../../contracts/sandbox/query.ts'
import { ALL_DATASETS } from '../../contracts/sandbox/query-words.ts'
import { RANGE_S } from './telemetry.ts'

/** A request whose answer is timed. */
export interface TimedRequest {
  readonly name: string
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly body?: unknown
}

const DURATIONS = (['P50', 'P95', 'P99'] as const).map((op) => ({ op, column: 'duration_ms' }))

/** The questions of the table, over all spans. `endMs`: epoch milliseconds of the last span. */
export function createQuestions(endMs: number): Readonly<Record<'count' | 'keystroke', TimedRequest>> & {
  readonly all: readonly TimedRequest[]
} {
  const end_time = Math.ceil(endMs / 1000) + 60
  const start_time = end_time - RANGE_S - 120
  const question = (name: string, clauses: QueryInput): TimedRequest => ({
    name,
    method: 'POST',
    path: `/sandbox/query?dataset=${ALL_DATASETS}`,
    body: { start_time, end_time, ...clauses },
  })
  const count = question('COUNT', { calculations: [{ op: 'COUNT' }] })
  const by = (column: string) =>
    question(`P50, P95, P99 by ${column}`, { calculations: DURATIONS, breakdowns: [column] })
  const heatmap = { op: 'HEATMAP', column: 'duration_ms' } as const
  return {
    count,
    keystroke: {
      name: 'a keystroke: values of user.id that contain a text',
      method: 'GET',
      path: `/sandbox/columns?dataset=${ALL_DATASETS}&column=user.id&contains=er-12`,
    },
    all: [
      count,
      by('http.route'),
      by('user.id'),
      by('trace.trace_id'),
      question('HEATMAP(duration_ms)', { calculations: [heatmap] }),
      question('two filters', {
        calculations: [{ op: 'COUNT' }, ...DURATIONS],
        filters: [
          { column: 'app.user.plan', op: '=', value: 'pro' },
          { column: 'duration_ms', op: '>', value: 100 },
        ],
        breakdowns: ['app.user.region'],
      }),
      question('a calculated field', {
        calculations: [{ op: 'COUNT' }, ...DURATIONS],
        breakdowns: ['slow'],
        calculated_fields: [{ name: 'slow', expression: 'IF(GTE($duration_ms, 200), "slow", "fast")' }],
      }),
      {
        name: 'BubbleUp over all columns',
        method: 'POST',
        path: `/sandbox/bubble-up?dataset=${ALL_DATASETS}`,
        body: {
          query: { start_time, end_time, calculations: [heatmap] },
          selection: { start_time, end_time, column: 'duration_ms', min: 300, max: 100_000 },
        },
      },
      { name: 'all columns', method: 'GET', path: `/sandbox/columns?dataset=${ALL_DATASETS}` },
    ],
  }
}
