import type { Express, RequestHandler } from 'express'
import { HttpError } from '../telemetry/express.ts'
import type { Activities, Activity } from './activities.ts'
import { CURRENT_USER } from './current-user.ts'
import type { ProfilesClient } from './profiles-client.ts'
import { handleParams, jsonBody, parse, postBody, replyBody, searchQuery, uuidParams } from './request.ts'
import { withNames } from './with-names.ts'

const NO_SUCH_POST = 'There is no such post, or no longer.'

/**
 * Posts, but for the home timeline, which has its own file. Routes stand on the app itself, whole: one of a Router has
 * forgotten where it was mounted by the time that its error is answered, and spans are named by it.
 */
export function addActivityRoutes(app: Express, activities: Activities, profiles: ProfilesClient): void {
  const answerList =
    (read: (request: Parameters<RequestHandler>[0]) => Promise<Activity[]>): RequestHandler =>
    async (request, response) => {
      response.json(await withNames(profiles, await read(request)))
    }

  app.get(
    '/api/activities/notifications',
    answerList(() => activities.notifications(CURRENT_USER)),
  )
  app.get(
    '/api/activities/search',
    answerList((request) => activities.search(parse(searchQuery, request, 'query').term)),
  )
  app.get(
    '/api/activities/@:handle',
    answerList((request) => activities.of(parse(handleParams, request, 'params').handle)),
  )

  app.get('/api/activities/:uuid', async (request, response) => {
    const { uuid } = parse(uuidParams, request, 'params')
    const found = await activities.find(uuid)
    if (!found) throw new HttpError(404, NO_SUCH_POST)
    const [post, ...replies] = await withNames(profiles, [found, ...(await activities.repliesTo(uuid))])
    response.json({ ...post, replies })
  })

  app.post('/api/activities', jsonBody(), async (request, response) => {
    const { message, ttl } = parse(postBody, request, 'body')
    const created = await activities.create({ handle: CURRENT_USER, message, ttl })
    const [named] = await withNames(profiles, [created])
    response.status(201).location(`/api/activities/${created.uuid}`).json(named)
  })

  app.post('/api/activities/:uuid/reply', jsonBody(), async (request, response) => {
    const { uuid: to } = parse(uuidParams, request, 'params')
    const { message } = parse(replyBody, request, 'body')
    const created = await activities.reply({ handle: CURRENT_USER, message, to })
    if (!created) throw new HttpError(404, NO_SUCH_POST)
    const [named] = await withNames(profiles, [created])
    response.status(201).location(`/api/activities/${created.uuid}`).json(named)
  })
}
