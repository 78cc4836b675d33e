import type { RequestHandler } from 'express'
import type { Activities } from './activities.ts'
import { type ProfilesClient, withNames } from './profiles-client.ts'
import { handleParams, parse } from './request.ts'

/** `GET /api/activities/@:handle`: a person's posts, newest first. */
export function userActivities(activities: Activities, profiles: ProfilesClient): RequestHandler {
  return async (request, response) => {
    const { handle } = parse(handleParams, request, 'params')
    // Workshop, chapter 4: an annotation that says whose timeline was asked for.
    response.json(await withNames(profiles, await activities.of(handle)))
  }
}
