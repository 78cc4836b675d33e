import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express'
import type { Activities } from '../../backend/api/activities.ts'
import { homeActivities } from '../../backend/api/home-activities.ts'
import { createProfilesClient } from '../../backend/api/profiles-client.ts'

/** In memory: a database would be most of the measured time, and equal for all candidates. */
const ACTIVITIES = {
  home: async (now: Date) => [
    {
      uuid: '7e58c0a9-1d34-4b96-a2c8-5f6b0d7e9a03',
      handle: 'maya',
      message: 'Benchmarks are read by those who wrote them.',
      likes_count: 0,
      replies_count: 0,
      created_at: now.toISOString(),
      expires_at: now.toISOString(),
    },
  ],
} as unknown as Activities

/** The routes of every candidate: one that does nothing, and the home timeline with its call to profiles. */
export function createApp(
  before: readonly RequestHandler[],
  after: readonly (RequestHandler | ErrorRequestHandler)[],
): Express {
  const app = express()
  app.disable('x-powered-by')
  for (const handler of before) app.use(handler)
  app.get('/hello', (_request, response) => {
    response.json({ hello: 'world' })
  })
  app.get(
    '/api/activities/home',
    homeActivities(ACTIVITIES, createProfilesClient(process.env.BENCH_SINK ?? '')),
  )
  for (const handler of after) app.use(handler)
  return app
}

/** Listens on a free port and reports it to the parent process. Ends when the parent ends for any reason. */
export function listen(app: Express): void {
  process.stdin.resume().on('end', () => process.exit())
  const server = app.listen(0, '127.0.0.1', () => {
    const address = server.address()
    console.log(`listening ${typeof address === 'object' ? address?.port : address}`)
  })
}
