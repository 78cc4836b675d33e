import { profilesServiceName } from '../../settings/providers.ts'
import { instrument } from '../start-telemetry.ts'

/** Loaded before the profiles service: `node --import ./backend/profiles/instrumentation.ts backend/profiles/server.ts`. */
export const { settings, telemetry } = await instrument(profilesServiceName)
