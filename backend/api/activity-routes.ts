import type { Express } from 'express'
import { HttpError } from '../telemetry/express.ts'
import type { Activities } from './activities.ts'
import { createActivity } from './create-activity.ts'
import { CURRENT_USER } from './current-user.ts'
import type { ProfilesClient } from './profiles-client.ts'
import { jsonBody, parse, replyBody, uuidParams } from './request.ts'
import { searchActivities } from './search-activities.ts'
import { userActivities } from './user-activities.ts'
import { withNames } from './with-names.ts'

const NO_SUCH_POST = 'There is no such post, or no longer.'

/**
 * Posts. What the workshop works on has a file of its own, as the home timeline has. Routes stand on the app itself,
 * whole: one of a Router has forgotten where it was mounted by the time that its error is answered, and spans are named
 * by it.
 */
export function addActivityRoutes(app: Express, activities: Activities, profiles: ProfilesClient): void {
  app.get('/api/activities/notifications', async (_request, response) => {
    response.json(await withNames(profiles, await activities.notifications(CURRENT_USER)))
  })
  app.get('/api/activities/search', searchActivities(activities, profiles))
  app.get('/api/activities/@:handle', userActivities(activities, profiles))

  app.get('/api/activities/:uuid', async (request, response) => {
    const { uuid } = parse(uuidParams, request, 'params')
    const found = await activities.find(uuid)
    if (!found) throw new HttpError(404, NO_SUCH_POST)
    const [post, ...replies] = await withNames(profiles, [found, ...(await activities.repliesTo(uuid))])
    response.json({ ...post, replies })
  })

  app.post('/api/activities', jsonBody(), createActivity(activities, profiles))

  app.post('/api/activities/:uuid/reply', jsonBody(), async (request, response) => {
    const { uuid: to } = parse(uuidParams, request, 'params')
    const { message } = parse(replyBody, request, 'body')
    const created = await activities.reply({ handle: CURRENT_USER, message, to })
    if (!created) throw new HttpError(404, NO_SUCH_POST)
    const [named] = await withNames(profiles, [created])
    response.status(201).location(`/api/activities/${created.uuid}`).json(named)
  })
}
