import type { Express } from 'express'
import type { Settings } from '../settings/read.ts'
import type { Activities } from './api/activities.ts'
import type { ProfilesClient } from './api/profiles-client.ts'
import { clientVersionOf, userOf } from './api/session.ts'
import type { Database } from './database/pool.ts'
import { HttpError } from './telemetry/express.ts'

// Faults to find in the telemetry: a, b and c in the workshop's chapter 9, d by questions to the telemetry of a load. Stop
// reading here until you have found them.

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

/** Compares each of the generated rows, which have no index, with all others. */
const UNREAD = `with mention as materialized (
    select md5(number::text || $1) as author from generate_series(1, 430) number
  )
  select count(*)::int as unread from mention
  where (select count(*) from mention earlier where earlier.author < mention.author) % 2 = 0`

/** One query for each, not one for all: the embedded Postgres runs one at a time, and other requests wait for it. */
const TEAMS = ['design', 'support', 'sales', 'mobile']
/** How long a user's count is kept (ms), so that the database has time for other requests at any rate of a load. */
const COUNT_KEPT_MS = 10_000

/**
 * Fault d: slow queries in the requests of one plan in one region on one client version. Of a load's requests 4 to 5 % are
 * from these users; about 2 % are slow, because each user's count is kept for 10 s. With two of the three alone a request
 * is as fast as any other. Call it before the routes are added.
 */
export function addFaultD(app: Express, database: Database, faults: Faults): void {
  if (!faults.includes('d')) return
  const countedAt = new Map<string, number>()
  app.use(async (request, _response, next) => {
    const { handle, plan, region } = userOf(request)
    const isAffected = plan === 'team' && region === 'ap-south' && clientVersionOf(request) === '2.4.0'
    const now = performance.now()
    if (isAffected && now - (countedAt.get(handle) ?? Number.NEGATIVE_INFINITY) >= COUNT_KEPT_MS) {
      countedAt.set(handle, now)
      for (const team of TEAMS) await database.query(UNREAD, [team])
    }
    next()
  })
}
