import express, { type Express } from 'express'
import { HttpError, problems, telemetryHealth, traceHeaders } from '../telemetry/express.ts'
import type { Telemetry } from '../telemetry/index.ts'
import type { Activities } from './activities.ts'
import { addActivityRoutes } from './activity-routes.ts'
import { homeActivities } from './home-activities.ts'
import { addMessageRoutes } from './message-routes.ts'
import type { Messages } from './messages.ts'
import type { ProfilesClient } from './profiles-client.ts'
import { type Needs, readiness } from './readiness.ts'
import { rollbarTest } from './rollbar-test.ts'

export interface ApiParts {
  readonly telemetry: Pick<Telemetry, 'report' | 'reportError'>
  readonly profiles: ProfilesClient
  readonly activities: Activities
  readonly messages: Messages
  readonly needs: Needs
}

/** The api of Cruddur, a microblog. */
export function createApi({ telemetry, profiles, activities, messages, needs }: ApiParts): Express {
  const app = express()
  app.disable('x-powered-by')
  app.use(traceHeaders())
  app.get('/health', (_request, response) => {
    response.json({ status: 'ok', service: telemetry.report().service, pid: process.pid })
  })
  app.get('/health/ready', readiness(needs))
  app.get('/health/telemetry', telemetryHealth(telemetry))

  app.get('/api/activities/home', homeActivities(activities, profiles))
  addActivityRoutes(app, activities, profiles)
  addMessageRoutes(app, messages, profiles)
  app.get('/rollbar/test', rollbarTest(profiles))

  app.use((request) => {
    throw new HttpError(404, `There is no ${request.method} ${request.path} here.`)
  })
  app.use(problems(telemetry))
  return app
}
