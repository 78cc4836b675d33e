import type { Express, RequestHandler } from 'express'
import { createServiceApp, type ServiceOptions } from '../service.ts'
import { withDeadline } from '../telemetry/deadline.ts'
import { HttpError } from '../telemetry/express.ts'
import type { Activities } from './activities.ts'
import { createActivity } from './create-activity.ts'
import { homeActivities } from './home-activities.ts'
import type { Messages } from './messages.ts'
import { type ProfilesClient, withNames } from './profiles-client.ts'
import { handleParams, jsonBody, messageBody, parse, replyBody, uuidParams } from './request.ts'
import { rollbarTest } from './rollbar-test.ts'
import { searchActivities } from './search-activities.ts'
import { userOf } from './session.ts'
import { signIn, signOut, userAttributes } from './sign-in.ts'
import { userActivities } from './user-activities.ts'

/** What the api depends on, by name. Each function resolves if the dependency is available, and rejects otherwise. */
export type Dependencies = Readonly<Record<string, () => Promise<unknown>>>

export interface ApiParts extends ServiceOptions {
  readonly profiles: ProfilesClient
  readonly activities: Activities
  readonly messages: Messages
  readonly dependencies: Dependencies
  /** Adds the planted faults. Default: none. */
  readonly addFaults?: (app: Express) => void
}

/**
 * The api of Cruddur, a microblog. Each handler that learners edit in the workshop is in a separate file. Routes
 * are added to the app, not to a Router: after an error Express has forgotten a Router's mount path, and the span's name
 * would lack it.
 */
export function createApi({
  profiles,
  activities,
  messages,
  dependencies,
  addFaults = () => {},
  ...options
}: ApiParts): Express {
  return createServiceApp(options, (app) => {
    app.get('/health/ready', readiness(dependencies))
    app.use(userAttributes())
    addFaults(app)
    app.post('/api/session', jsonBody(), signIn())
    app.delete('/api/session', signOut())

    app.get('/api/activities/home', homeActivities(activities, profiles))
    app.get('/api/activities/notifications', async (request, response) => {
      const { handle } = userOf(request)
      response.json(await withNames(profiles, await activities.notifications(handle)))
    })
    app.get('/api/activities/search', searchActivities(activities, profiles))
    app.get('/api/activities/@:handle', userActivities(activities, profiles))
    app.get('/api/activities/:uuid', async (request, response) => {
      const { uuid } = parse(uuidParams, request, 'params')
      const found = await activities.find(uuid)
      if (!found) throw noSuchPost()
      const [post, ...replies] = await withNames(profiles, [found, ...(await activities.repliesTo(uuid))])
      response.json({ ...post, replies })
    })
    app.post('/api/activities', jsonBody(), createActivity(activities, profiles))
    app.post('/api/activities/:uuid/reply', jsonBody(), async (request, response) => {
      const { uuid: to } = parse(uuidParams, request, 'params')
      const { message } = parse(replyBody, request, 'body')
      const created = await activities.reply({ handle: userOf(request).handle, message, to })
      if (!created) throw noSuchPost()
      const [named] = await withNames(profiles, [created])
      response.status(201).location(`/api/activities/${created.uuid}`).json(named)
    })

    app.get('/api/message_groups', async (request, response) => {
      response.json(await withNames(profiles, await messages.groups(userOf(request).handle)))
    })
    app.get('/api/messages/@:handle', async (request, response) => {
      const { handle } = parse(handleParams, request, 'params')
      response.json(await withNames(profiles, await messages.between(userOf(request).handle, handle)))
    })
    app.post('/api/messages', jsonBody(), async (request, response) => {
      const { handle: to, message } = parse(messageBody, request, 'body')
      const { handle: from } = userOf(request)
      if (to === from) throw new HttpError(400, 'Send the message to another person.')
      const created = await messages.create({ from, to, message })
      const [named] = await withNames(profiles, [created])
      response.status(201).json(named)
    })

    // Fails on purpose, to send an error to Rollbar.
    app.get('/rollbar/test', rollbarTest(profiles))
  })
}

function noSuchPost(): HttpError {
  return new HttpError(404, 'The post does not exist, or has expired.')
}

const READINESS_TIMEOUT_MS = 2_000

/** `GET /health/ready`: 200, or 503 with the names of the dependencies that are not available. */
function readiness(dependencies: Dependencies): RequestHandler {
  return async (_request, response) => {
    const checks = Object.entries(dependencies).map(async ([name, check]) =>
      (await withDeadline(check(), READINESS_TIMEOUT_MS)) === 'done' ? [] : [name],
    )
    const missing = (await Promise.all(checks)).flat()
    response
      .status(missing.length === 0 ? 200 : 503)
      .set('cache-control', 'no-store')
      .json({ status: missing.length === 0 ? 'ready' : 'not ready', missing })
  }
}
