import type { RequestHandler } from 'express'
import type { Activities } from './activities.ts'
import { type ProfilesClient, withNames } from './profiles-client.ts'
import { parse, postBody } from './request.ts'
import { userOf } from './session.ts'

/** `POST /api/activities`: creates a post that expires after its `ttl`. */
export function createActivity(activities: Activities, profiles: ProfilesClient): RequestHandler {
  return async (request, response) => {
    const { message, ttl } = parse(postBody, request, 'body')
    const created = await activities.create({ handle: userOf(request).handle, message, ttl })
    // Workshop, chapter 8: count the posts, by how long they live.
    const [named] = await withNames(profiles, [created])
    response.status(201).location(`/api/activities/${created.uuid}`).json(named)
  }
}
