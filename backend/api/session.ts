import type { IncomingMessage } from 'node:http'
import { type CruddurUser, findUser } from '../../contracts/cruddur-users.ts'

// Loaded before the telemetry starts, for Rollbar's person: imports no package that is instrumented.

/**
 * The cookie's value is the handle. It is not signed: the sample has no passwords, so every client may sign in as any user
 * by `POST /api/session`, and a signature would protect nothing.
 */
export const SESSION_COOKIE = 'cruddur_session'

/** Whose requests these are without a session, so that `curl` and every reader of the documents see the same data. */
const DEFAULT_HANDLE = 'maya'

const DEFAULT_USER = findUser(DEFAULT_HANDLE) as CruddurUser

/** The user whom the session's cookie names; `maya` without one, or if it names no user. */
export function userOf({ headers }: Pick<IncomingMessage, 'headers'>): CruddurUser {
  return findUser(cookieIn(headers.cookie ?? '') ?? DEFAULT_HANDLE) ?? DEFAULT_USER
}

/** The value of the session's cookie. Of several, the first: a browser sends the one with the longest path first. */
function cookieIn(header: string): string | undefined {
  for (const pair of header.split(';')) {
    const [name = '', ...value] = pair.split('=')
    if (name.trim() === SESSION_COOKIE) return value.join('=').trim()
  }
  return undefined
}

/** A version as of semver, with room for a build. It becomes an attribute, so other text is left out. */
const CLIENT_VERSION = /^[0-9A-Za-z.+-]{1,32}$/

/** The version of the client, by its header `x-client-version`; undefined without one, or if it is no version. */
export function clientVersionOf({ headers }: Pick<IncomingMessage, 'headers'>): string | undefined {
  const version = headers['x-client-version']
  return typeof version === 'string' && CLIENT_VERSION.test(version) ? version : undefined
}
