import { type Attributes, trace } from '@opentelemetry/api'
import type { CookieOptions, Request, RequestHandler } from 'express'
import { type CruddurUser, findUser } from '../../contracts/cruddur-users.ts'
import { HttpError } from '../telemetry/express.ts'
import { parse, sessionBody } from './request.ts'
import { clientVersionOf, SESSION_COOKIE, userOf } from './session.ts'

/** Not `secure`: the workspace is at http://localhost. Without an end: until the browser closes. */
const COOKIE: CookieOptions = { httpOnly: true, sameSite: 'lax', path: '/' }

/** `POST /api/session`: signs in as the user with this handle. 401 if there is none. */
export function signIn(): RequestHandler {
  return (request, response) => {
    const user = findUser(parse(sessionBody, request, 'body').handle)
    if (!user) {
      // HTTP requires a challenge in every 401. Source: https://www.rfc-editor.org/rfc/rfc9110#name-401-unauthorized
      response.set('www-authenticate', 'Cruddur realm="POST /api/session"')
      throw new HttpError(401, 'No user has this handle.')
    }
    trace.getActiveSpan()?.setAttributes(userAttributesOf(request, user))
    const { handle, displayName, plan, region, features } = user
    response
      .cookie(SESSION_COOKIE, handle, COOKIE)
      .set('cache-control', 'no-store')
      .json({ handle, display_name: displayName, plan, region, features })
  }
}

/** `DELETE /api/session`: signs out. */
export function signOut(): RequestHandler {
  return (_request, response) => {
    response.clearCookie(SESSION_COOKIE, COOKIE).status(204).end()
  }
}

/** Describes the user on the span of each request. Use it before the routes, where no other span is active yet. */
export function userAttributes(): RequestHandler {
  return (request, _response, next) => {
    const span = trace.getActiveSpan()
    if (span?.isRecording()) span.setAttributes(userAttributesOf(request))
    next()
  }
}

/** All that telemetry gets of a user (docs/privacy.md): neither a name nor an address. */
export function userAttributesOf(request: Request, user: CruddurUser = userOf(request)): Attributes {
  const version = clientVersionOf(request)
  const features = Object.entries(user.features).map(([name, isOn]) => [`app.feature.${name}`, isOn] as const)
  return {
    'user.id': user.handle,
    'app.user.plan': user.plan,
    'app.user.region': user.region,
    ...(version !== undefined && { 'app.client.version': version }),
    ...Object.fromEntries(features),
  }
}
