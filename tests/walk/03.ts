import { QueryAnswer } from '../../contracts/sandbox/query.ts'
import type { Attempt, Learner } from '../harness/learner.ts'
import { IS_LONG } from '../harness/scale.ts'

const SEARCH = 'await activities.search(term)'
const SET = "span.setAttribute('app.search.results', posts.length)"
const TRY = `try { const posts = ${SEARCH}; ${SET}; return posts } finally { span.end() }`

/** The handler with this in place of the search. */
const handler = (found: string) =>
  [
    [
      "import type { RequestHandler } from 'express'",
      "import { trace } from '@opentelemetry/api'\nimport type { RequestHandler } from 'express'",
    ],
    [`const found = ${SEARCH}`, `const tracer = trace.getTracer('search'); ${found}`],
  ] as const
/** A span around the search, with this inside. */
const active = (inside: string, name = 'search-activities') =>
  handler(`const found = await tracer.startActiveSpan('${name}', async (span) => { ${inside} })`)

/** Wrong code, and what the check says of it. X-Ray has `_` in place of each dot. */
const ATTEMPTS: readonly Attempt[] = [
  [active(TRY.replace('posts.length', '1')), 'your span says 1, the query returned'],
  [active(`const posts = ${SEARCH}; span.end(); ${SET}; return posts`), 'was changed after span.end()'],
  [
    handler(`const span = tracer.startSpan('search-activities'); const found = ${SEARCH}; span.end()`),
    'startSpan creates a span without making it the active one',
  ],
  [
    handler(`tracer.startActiveSpan('search-activities', (span) => span.end()); const found = ${SEARCH}`),
    'the span is around nothing',
  ],
  [active(`const posts = ${SEARCH}; ${SET}; return posts`), 'your span never ends'],
  [active(TRY, 'searchActivities'), 'a span called “searchActivities”'],
  [active(TRY.replace('app.search.results', 'app.search.result')), /has app[._]search[._]result, and no/],
  [active(TRY.replace('posts.length', 'String(posts.length)')), 'is the text "2", not a number'],
  [active(`try { return activities.search(term) } finally { span.end() }`), 'ended before its query did'],
]

/** Chapter 3, as its text says. */
export async function walk(learner: Learner): Promise<void> {
  await learner.expectNotYet(3, 'No search has come yet')
  await learner.askUnsampled('/api/activities/search?term=dns')
  await learner.expectNotYet(3, 'One search came, and it was not kept')
  await learner.ask('/api/activities/search?term=dns')
  await learner.expectNotYet(3, 'has no span of yours')
  await learner.writeAttempt(3, active(TRY), { restart: false })
  await learner.expectNotYet(3, 'The api runs without your last change')
  if (IS_LONG) await learner.tryAttempts(3, '/api/activities/search?term=dns', ATTEMPTS)
  await learner.solve(3)
  await learner.ask('/api/activities/search?term=dns')
  await learner.expectNotYet(3, 'one that finds nothing is missing')
  await learner.ask('/api/activities/search?term=nothinglikethis')
  // A live Honeycomb answers no program.
  if (learner.cloud) return learner.expectPassed(3)
  await learner.expectNotYet(3, 'Your answer is missing')
  const own = { column: 'name', op: '=', value: 'search-activities' }
  const empty = { column: 'app.search.results', op: '=', value: 0 }
  await learner.expectNotYet(3, 'WHERE is empty', async () => `nothing=${await count(learner, [])}`)
  await learner.expectNotYet(
    3,
    'the filter on app.search.results is missing',
    async () => `nothing=${await count(learner, [own])}`,
  )
  await learner.expectPassed(3, async () => `nothing=${await count(learner, [own, empty])}`)
}

/** The number that Ask shows. */
async function count({ workspace }: Learner, filters: readonly object[]): Promise<unknown> {
  const response = await fetch(`${workspace.sandbox}/sandbox/query?dataset=__all__`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ calculations: [{ op: 'COUNT' }], filters, time_range: 7_200 }),
  })
  return QueryAnswer.parse(await response.json()).results[0]?.COUNT
}
