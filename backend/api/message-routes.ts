import type { Express } from 'express'
import { HttpError } from '../telemetry/express.ts'
import { CURRENT_USER } from './current-user.ts'
import type { Messages } from './messages.ts'
import type { ProfilesClient } from './profiles-client.ts'
import { handleParams, jsonBody, messageBody, parse } from './request.ts'
import { withNames } from './with-names.ts'

/** Private messages: `/api/message_groups` and `/api/messages`. */
export function addMessageRoutes(app: Express, messages: Messages, profiles: ProfilesClient): void {
  app.get('/api/message_groups', async (_request, response) => {
    response.json(await withNames(profiles, await messages.groups(CURRENT_USER)))
  })

  app.get('/api/messages/@:handle', async (request, response) => {
    const { handle } = parse(handleParams, request, 'params')
    response.json(await withNames(profiles, await messages.between(CURRENT_USER, handle)))
  })

  app.post('/api/messages', jsonBody(), async (request, response) => {
    const { handle: to, message } = parse(messageBody, request, 'body')
    if (to === CURRENT_USER) throw new HttpError(400, 'A message goes to somebody else.')
    const created = await messages.create({ from: CURRENT_USER, to, message })
    const [named] = await withNames(profiles, [created])
    response.status(201).json(named)
  })
}
