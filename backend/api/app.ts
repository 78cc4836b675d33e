import type { Express } from 'express'
import { type AppTelemetry, createServiceApp } from '../service-app.ts'
import type { Activities } from './activities.ts'
import { addActivityRoutes } from './activity-routes.ts'
import { homeActivities } from './home-activities.ts'
import { addMessageRoutes } from './message-routes.ts'
import type { Messages } from './messages.ts'
import type { ProfilesClient } from './profiles-client.ts'
import { type Needs, readiness } from './readiness.ts'
import { rollbarTest } from './rollbar-test.ts'

export interface ApiParts {
  readonly telemetry: AppTelemetry
  readonly profiles: ProfilesClient
  readonly activities: Activities
  readonly messages: Messages
  readonly needs: Needs
}

/** The api of Cruddur, a microblog. */
export function createApi({ telemetry, profiles, activities, messages, needs }: ApiParts): Express {
  return createServiceApp(telemetry, (app) => {
    app.get('/health/ready', readiness(needs))
    app.get('/api/activities/home', homeActivities(activities, profiles))
    addActivityRoutes(app, activities, profiles)
    addMessageRoutes(app, messages, profiles)
    app.get('/rollbar/test', rollbarTest(profiles))
  })
}
