import { serviceName } from '../../settings/providers.ts'
import { instrument } from '../start-telemetry.ts'

/** Loaded before the api: `node --import ./backend/api/instrumentation.ts backend/api/server.ts`. */
export const { settings, telemetry } = await instrument(serviceName)
