import { trace } from '@opentelemetry/api'
import type { RequestHandler } from 'express'
import type { Activities } from './activities.ts'
import { type ProfilesClient, withNames } from './profiles-client.ts'

const tracer = trace.getTracer('home-activities')

/** `GET /api/activities/home`: the posts that have not expired, newest first, with the authors' names. */
export function homeActivities(activities: Activities, profiles: ProfilesClient): RequestHandler {
  return async (_request, response) => {
    const home = await tracer.startActiveSpan('home-activities', async (span) => {
      try {
        const now = new Date()
        const recent = await activities.home(now)
        span.setAttributes({ 'app.now': now.toISOString(), 'app.result_length': recent.length })
        return await withNames(profiles, recent)
      } finally {
        span.end()
      }
    })
    response.json(home)
  }
}
