import type { Attempt, Learner } from '../harness/learner.ts'
import { IS_LONG } from '../harness/scale.ts'

const RESPONSE = '    response.json(await withNames(profiles, await activities.of(handle)))'

/** The handler with this line before the response. */
const before = (line: string) =>
  [
    [
      "import type { RequestHandler } from 'express'",
      "import { trace } from '@opentelemetry/api'\nimport type { RequestHandler } from 'express'",
    ],
    [RESPONSE, `    ${line}\n${RESPONSE}`],
  ] as const
const set = (name: string, value: string) =>
  before(`trace.getActiveSpan()?.setAttribute('${name}', ${value})`)

/** Wrong code, and what the check says of it. X-Ray has `_` in place of each dot. */
const ATTEMPTS: readonly Attempt[] = [
  [set('timeline.handle', 'handle'), 'Without app. at its beginning it is metadata'],
  [set('app.timeline.handle', "'maya'"), /its app[._]timeline[._]handle is "maya"/],
  [set('app.timeline.handle', "'@' + handle"), 'with the @'],
  [set('app.handle', 'handle'), /is called app[._]handle/],
  [
    before(
      "trace.getTracer('own').startActiveSpan('own', (span) => { span.setAttribute('app.timeline.handle', handle); span.end() })",
    ),
    /the span “own” has app[._]timeline[._]handle/,
  ],
  [
    before(
      "const span = trace.getActiveSpan(); response.on('close', () => setTimeout(() => span?.setAttribute('app.timeline.handle', handle), 50))",
    ),
    'was changed after its end',
  ],
]

/** Chapter 4, as its text says. */
export async function walk(learner: Learner): Promise<void> {
  await learner.ask('/api/activities/@maya')
  await learner.expectNotYet(4, 'has no attribute app.timeline.handle')
  if (IS_LONG) await learner.tryAttempts(4, '/api/activities/@tomasz', ATTEMPTS)
  await learner.solve(4)
  await learner.ask('/api/activities/@maya')
  await learner.expectNotYet(4, 'Only the timeline of maya')
  await learner.ask('/api/activities/@tomasz')
  await learner.expectNotYet(4, 'Your answer is missing')
  await learner.expectNotYet(4, 'is what it is, not its name on the map', 'calls=database')
  await learner.expectPassed(4, 'calls=cruddur@127.0.0.1')
}
