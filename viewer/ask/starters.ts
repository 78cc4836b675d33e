import type { QueryInput } from '../../contracts/sandbox/query.ts'
import { ALL_DATASETS } from '../../contracts/sandbox/query-words.ts'

/** A question with a name. */
export interface NamedQuestion {
  readonly name: string
  readonly dataset: string
  readonly question: QueryInput
}

export interface Starter extends NamedQuestion {
  /** What the question teaches. */
  readonly about: string
}

/** Requests, not the work inside them: the span with which a trace begins. */
const REQUESTS = [
  { column: 'trace.parent_id', op: 'does-not-exist' },
  { column: 'span.kind', op: '=', value: 'server' },
] satisfies QueryInput['filters']

const all = (name: string, about: string, question: QueryInput): Starter => ({
  name,
  about,
  dataset: ALL_DATASETS,
  question,
})

/** Questions to begin with, from the simplest on. */
export const STARTERS: readonly Starter[] = [
  all('How many requests a second?', 'COUNT over time. Add http.route to GROUP BY to see which routes.', {
    calculations: [{ op: 'COUNT' }],
    filters: [...REQUESTS],
    time_range: 600,
    granularity: 1,
  }),
  all(
    'Which requests are slow?',
    'A heatmap shows what an average hides. Draw around the slow requests to see what they have in common.',
    {
      calculations: [
        { op: 'HEATMAP', column: 'duration_ms' },
        { op: 'P99', column: 'duration_ms' },
        { op: 'P95', column: 'duration_ms' },
        { op: 'P50', column: 'duration_ms' },
        { op: 'COUNT' },
      ],
      filters: [...REQUESTS],
      breakdowns: ['http.route'],
      time_range: 1_800,
    },
  ),
  all(
    'Who is slow?',
    'Group by plan, region and version to find a slow group of users. HAVING leaves out groups with few requests.',
    {
      calculations: [
        { op: 'P95', column: 'duration_ms' },
        { op: 'COUNT_DISTINCT', column: 'user.id' },
        { op: 'COUNT' },
      ],
      filters: [...REQUESTS],
      breakdowns: ['app.user.plan', 'app.user.region', 'app.client.version'],
      // One slow request makes a group of three slow.
      havings: [{ calculate_op: 'COUNT', op: '>', value: 10 }],
      time_range: 1_800,
    },
  ),
  all(
    'Which SQL takes the time?',
    'SUM finds what takes the most time in total: a fast query that runs often can cost more than a slow one.',
    {
      calculations: [
        { op: 'SUM', column: 'duration_ms' },
        { op: 'P95', column: 'duration_ms' },
        { op: 'COUNT' },
      ],
      filters: [{ column: 'db.query.text', op: 'exists' }],
      breakdowns: ['db.query.text'],
      time_range: 1_800,
    },
  ),
  all('What fails?', 'Spans with an error, by name and message. Each group links to a trace.', {
    calculations: [{ op: 'COUNT' }],
    // The exception of a span is an event too, with the same failure.
    filters: [
      { column: 'error', op: '=', value: true },
      { column: 'meta.annotation_type', op: 'does-not-exist' },
    ],
    breakdowns: ['service.name', 'name', 'status_message'],
    time_range: 1_800,
  }),
  all('What share is slow?', 'A calculated field turns a number into groups, here with a budget of 250 ms.', {
    calculated_fields: [{ name: 'speed', expression: 'IF(LTE($duration_ms, 250), "in budget", "too slow")' }],
    calculations: [{ op: 'COUNT' }, { op: 'MAX', column: 'duration_ms' }],
    filters: [...REQUESTS],
    breakdowns: ['speed'],
    time_range: 1_800,
  }),
  all(
    'What do the logs say?',
    'Log records are events too. The same clauses count them by severity and text.',
    {
      calculations: [{ op: 'COUNT' }],
      filters: [{ column: 'meta.signal_type', op: '=', value: 'log' }],
      breakdowns: ['service.name', 'severity'],
      time_range: 1_800,
    },
  ),
]
