import type { RequestHandler } from 'express'
import type { ProfilesClient } from './profiles-client.ts'
import { userOf } from './session.ts'

/** The error that `GET /rollbar/test` fails with. */
class DeliberateError extends Error {
  override readonly name = 'DeliberateError'
}

/** `GET /rollbar/test`: asks the profiles service, as any request does, and then fails on purpose. */
export function rollbarTest(profiles: ProfilesClient): RequestHandler {
  return async (request) => {
    // Workshop, chapter 6: fail with an error of a class of your own.
    await profiles.displayNames([userOf(request).handle])
    throw new DeliberateError('GET /rollbar/test fails on purpose')
  }
}
