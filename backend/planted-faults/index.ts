import type { Express, RequestHandler } from 'express'
import type { ClientConfig } from 'pg'
import { type Fault, isActive, isInCohort, type PlannedFault } from '../../contracts/planted-faults.ts'
import { userAttributesOf } from '../api/sign-in.ts'
import type { Database } from '../database/pool.ts'
import { brokenCache, serveRankings } from './broken-cache.ts'
import { hiddenError, serveAttachments } from './hidden-error.ts'
import { nPlusOne, serveItems } from './n-plus-one.ts'
import { poolWait } from './pool-wait.ts'
import { type CallProfiles, createCalls } from './profiles-calls.ts'
import { retryStorm, serveUnreliably } from './retry-storm.ts'
import { failSilently } from './silent-failure.ts'
import { callSlowly, serveSlowly } from './slow-cohort.ts'
import { slowQuery } from './slow-query.ts'

// Faults to find in the telemetry, in the workshop's chapter 9 and by the README's example. Stop reading here until you
// have found them.

/** What the faults in the api use. */
export interface Means {
  readonly database: Database
  /** Of the same database, for a pool of their own. */
  readonly address: ClientConfig
  readonly callProfiles: CallProfiles
}

/** What a request does before its route. `isAffected`: whether the request has the fault. */
export type Step = (isAffected: boolean, user: Readonly<Record<string, unknown>>) => Promise<void>

/** What each fault adds to the api; undefined for one that is in the profiles service alone. */
const IN_API: Readonly<Record<Fault, ((fault: PlannedFault, means: Means) => Step) | undefined>> = {
  a: slowQuery,
  b: nPlusOne,
  c: undefined,
  d: callSlowly,
  e: retryStorm,
  f: brokenCache,
  g: poolWait,
  h: hiddenError,
}

/** What each fault adds to the profiles service; undefined for one that is in the api alone. */
const IN_PROFILES: Readonly<Record<Fault, ((app: Express, fault: PlannedFault) => void) | undefined>> = {
  a: undefined,
  b: serveItems,
  c: failSilently,
  d: serveSlowly,
  e: serveUnreliably,
  f: serveRankings,
  g: undefined,
  h: serveAttachments,
}

/** Call it before the routes are added. */
export function addFaultsToApi(
  app: Express,
  faults: readonly PlannedFault[],
  { database, address, profilesUrl }: Omit<Means, 'callProfiles'> & { readonly profilesUrl: string },
): void {
  const means = { database, address, callProfiles: createCalls(profilesUrl) }
  for (const fault of faults) {
    const step = IN_API[fault.letter]?.(fault, means)
    if (!step) continue
    const handler: RequestHandler = async (request, _response, next) => {
      // A sign-in is not yet its user's request.
      if (request.method !== 'GET') return next()
      const user = userAttributesOf(request)
      // The error is already on the step's span. The route answers as it would without the fault.
      await step(isActive(fault, Date.now()) && isInCohort(fault, user), user).catch(() => {})
      next()
    }
    if (fault.route === undefined) app.use('/api', handler)
    else app.get(fault.route, handler)
  }
}

/** Call it before the routes are added. */
export function addFaultsToProfiles(app: Express, faults: readonly PlannedFault[]): void {
  for (const fault of faults) IN_PROFILES[fault.letter]?.(app, fault)
}
