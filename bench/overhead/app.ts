import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express'
import { homeActivities } from '../../backend/api/home-activities.ts'
import { createProfilesClient } from '../../backend/api/profiles-client.ts'

/** What every candidate serves: a route that does nothing, and the home timeline with its call to profiles. */
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
  app.get('/api/activities/home', homeActivities(createProfilesClient(process.env.BENCH_SINK ?? '')))
  for (const handler of after) app.use(handler)
  return app
}

/** Listens where the system likes, and tells where. */
export function listen(app: Express): void {
  const server = app.listen(0, '127.0.0.1', () => {
    const address = server.address()
    console.log(`listening ${typeof address === 'object' ? address?.port : address}`)
  })
}
