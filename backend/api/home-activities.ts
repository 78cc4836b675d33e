import { trace } from '@opentelemetry/api'
import type { RequestHandler } from 'express'
import { recentActivities } from './activities.ts'
import type { ProfilesClient } from './profiles-client.ts'

const tracer = trace.getTracer('home-activities')

/** `GET /api/activities/home`: what is not expired yet, newest first, with the authors' names. */
export function homeActivities(profiles: ProfilesClient): RequestHandler {
  return async (_request, response) => {
    const activities = await tracer.startActiveSpan('home-activities', async (span) => {
      try {
        const now = new Date()
        const recent = recentActivities(now)
        span.setAttributes({ 'app.now': now.toISOString(), 'app.result_length': recent.length })
        const names = await profiles.displayNames(recent.map(({ handle }) => handle))
        return recent.map((activity) => ({ ...activity, display_name: names.get(activity.handle) }))
      } finally {
        span.end()
      }
    })
    response.json(activities)
  }
}
