import type { RequestHandler } from 'express'
import type { ProfilesClient } from './profiles-client.ts'

/** The error that `GET /rollbar/test` fails with. */
class DeliberateError extends Error {
  override readonly name = 'DeliberateError'
}

/** `GET /rollbar/test`: asks the profiles service, as any request does, and then fails on purpose. */
export function rollbarTest(profiles: ProfilesClient): RequestHandler {
  return async () => {
    // Workshop, chapter 6: fail with an error of a class of your own.
    const names = await profiles.displayNames(['maya'])
    throw new DeliberateError(`${names.get('maya')} asked for this error: GET /rollbar/test fails on purpose`)
  }
}
