import type { Express } from 'express'
import { type AppTelemetry, createServiceApp } from '../service-app.ts'
import { homeActivities } from './home-activities.ts'
import type { ProfilesClient } from './profiles-client.ts'
import { rollbarTest } from './rollbar-test.ts'

export interface ApiParts {
  readonly telemetry: AppTelemetry
  readonly profiles: ProfilesClient
}

/** The api of Cruddur, a microblog. */
export function createApi({ telemetry, profiles }: ApiParts): Express {
  return createServiceApp(telemetry, (app) => {
    app.get('/api/activities/home', homeActivities(profiles))
    app.get('/rollbar/test', rollbarTest(profiles))
  })
}
