import type { Learner } from '../harness/learner.ts'
import { IS_LONG } from '../harness/scale.ts'

const START = '    // Workshop, chapter 8: count the posts, by how long they live.\n'
const IMPORT = "import type { RequestHandler } from 'express'\n"
const FILE_HEAD = `import { metrics } from '@opentelemetry/api'\n${IMPORT}`

/** What a learner writes: an instrument of the meter, and a line that uses it. */
const attempt = (instrument: string, use: string) =>
  [
    [IMPORT, FILE_HEAD],
    [
      '/** `POST /api/activities`',
      `const made = metrics.getMeter('x').${instrument}('app.activities.created')\n\n/** \`POST /api/activities\``,
    ],
    [START, `    ${use}\n`],
  ] as const

/** Chapter 8, as its text says. */
export async function walk(learner: Learner): Promise<void> {
  const post = (message: string, ttl: string) => learner.workspace.post('/api/activities', { message, ttl })
  await post('Hello, log', '1-day')
  await learner.expectNotYet(8, 'app.activities.created')

  if (IS_LONG) {
    // A histogram of 7 with a uuid, which an earlier check accepted.
    await learner.writeAttempt(
      8,
      attempt('createHistogram', "made.record(7, { 'app.activity.uuid': created.uuid })"),
    )
    await post('Hello, histogram', '1-day')
    await learner.expectNotYet(8, 'is a histogram')
    await learner.writeAttempt(
      8,
      attempt('createCounter', "made.add(1, { 'app.activity.ttl': ttl, uuid: created.uuid })"),
    )
    await post('Hello, uuid', '1-day')
    await learner.expectNotYet(8, 'It is a uuid')
    await learner.writeAttempt(8, attempt('createCounter', "made.add(7, { 'app.activity.ttl': ttl })"))
    await post('Hello, seven', '1-day')
    await learner.expectNotYet(8, 'it adds 7 for each post')
  }

  await learner.solve(8)
  for (const number of [1, 2, 3, 4]) await post(`Hello, ${number}`, '1-hour')
  await post('Hello, metric', '3-days')
  await learner.workspace.post('/api/activities', { message: '' })
  await learner.expectNotYet(8, 'how many posts with the ttl 1-hour')
  await learner.expectNotYet(8, 'is the number of all posts', 'posts=5')
  await learner.expectPassed(8, 'posts=4')
}
