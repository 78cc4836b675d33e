import type express from 'express'
import type { ErrorRequestHandler, Express, RequestHandler } from 'express'
import type { Activities } from '../../backend/api/activities.ts'
import { fromCheckout } from './checkout.ts'

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

/** The last handler of every candidate: without it Express writes each stack to standard error. */
const answerError: ErrorRequestHandler = (_error, _request, response, _next) => {
  response.status(500).json({ error: 'internal' })
}

/**
 * The routes of every candidate: one that does nothing, the home timeline with its call to profiles, and one that fails.
 * Imports Express and the routes, so telemetry must have started.
 */
export async function createApp(
  before: readonly RequestHandler[],
  after: readonly (RequestHandler | ErrorRequestHandler)[],
): Promise<Express> {
  const { default: createExpress } = await fromCheckout<{ default: typeof express }>('express')
  const { homeActivities } = await fromCheckout<typeof import('../../backend/api/home-activities.ts')>(
    'backend/api/home-activities.ts',
  )
  const { createProfilesClient } = await fromCheckout<typeof import('../../backend/api/profiles-client.ts')>(
    'backend/api/profiles-client.ts',
  )
  const app = createExpress()
  app.disable('x-powered-by')
  for (const handler of before) app.use(handler)
  app.get('/hello', (_request, response) => {
    response.json({ hello: 'world' })
  })
  app.get(
    '/api/activities/home',
    homeActivities(ACTIVITIES, createProfilesClient(process.env.BENCH_SINK ?? '')),
  )
  app.get('/fails', () => {
    throw new Error('fails on purpose')
  })
  for (const handler of after) app.use(handler)
  app.use(answerError)
  return app
}

/**
 * Listens on a free port and reports it to the parent process, then answers each message with the CPU time that this
 * process has used, all its threads included, in µs. Ends when the parent ends for any reason.
 */
export function listen(app: Express): void {
  process.on('disconnect', () => process.exit())
  process.on('message', () => {
    const { user, system } = process.cpuUsage()
    process.send?.({ cpu: user + system })
  })
  const server = app.listen(0, '127.0.0.1', () => {
    const address = server.address()
    process.send?.({ port: typeof address === 'object' ? address?.port : undefined })
  })
}
