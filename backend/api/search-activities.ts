import type { RequestHandler } from 'express'
import type { Activities } from './activities.ts'
import { type ProfilesClient, withNames } from './profiles-client.ts'
import { parse, searchQuery } from './request.ts'

/** `GET /api/activities/search?term=`: the posts that contain the term, newest first. */
export function searchActivities(activities: Activities, profiles: ProfilesClient): RequestHandler {
  return async (request, response) => {
    const { term } = parse(searchQuery, request, 'query')
    // Workshop, chapter 3: a span of your own around the search, with how many posts it found.
    const found = await activities.search(term)
    response.json(await withNames(profiles, found))
  }
}
