import { serviceName } from '../../settings/providers.ts'
import { instrument } from '../start-telemetry.ts'
import { userOf } from './session.ts'

/** Loaded before the api: `node --import ./backend/api/instrumentation.ts backend/api/server.ts`. */
export const { settings, telemetry } = await instrument(serviceName, {
  personOf: (request) => userOf(request).handle,
})
