import type { Express } from 'express'
import type { Settings } from '../settings/read.ts'
import type { Activities } from './api/activities.ts'
import type { ProfilesClient } from './api/profiles-client.ts'
import type { Database } from './database/pool.ts'
import { HttpError } from './telemetry/express.ts'

// The faults of the workshop's chapter 9. Stop reading here until you have found the faults in the traces.

type Faults = Settings['PLANTED_FAULTS']

/** A slow query whose result is not used. */
const SUGGESTIONS =
  'select count(*)::int as suggestions from generate_series(1, 60000) number where md5(number::text) ilike $1'

/** Fault a: a slow query in each search. */
export function withFaultA(activities: Activities, database: Database, faults: Faults): Activities {
  if (!faults.includes('a')) return activities
  return {
    ...activities,
    async search(term) {
      await database.query(SUGGESTIONS, [`%${term}%`])
      return activities.search(term)
    },
  }
}

/** Fault b: one request per handle, instead of one for all. */
export function withFaultB(profiles: ProfilesClient, faults: Faults): ProfilesClient {
  if (!faults.includes('b')) return profiles
  return {
    ...profiles,
    async displayNames(handles) {
      const names = new Map<string, string>()
      for (const handle of handles) {
        for (const [key, name] of await profiles.displayNames([handle])) names.set(key, name)
      }
      return names
    },
  }
}

/**
 * Fault c: a request for this handle, alone or among others, fails, and the timeline shows handles instead of names.
 * Call it before the routes are added.
 */
export function addFaultC(app: Express, faults: Faults): void {
  if (!faults.includes('c')) return
  app.get('/api/profiles', (request, _response, next) => {
    const handles = String(request.query.handles ?? '').split(',')
    next(handles.includes('nkechi') ? new HttpError(503, 'The replica is out of date.') : undefined)
  })
}
