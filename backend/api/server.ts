import { reachable } from '../../settings/providers.ts'
import { settings, telemetry } from './instrumentation.ts'

// Imported here, not above: whatever loads before the telemetry is up is not instrumented.
const { createApi } = await import('./app.ts')
const { serve } = await import('../serve.ts')
const { createProfilesClient } = await import('./profiles-client.ts')

const profilesUrl =
  settings.PROFILES_URL ?? `http://${reachable(settings.BACKEND_HOST)}:${settings.PROFILES_PORT}`
const app = createApi({ telemetry, profiles: createProfilesClient(profilesUrl) })
serve(app, telemetry, {
  name: telemetry.report().service,
  host: settings.BACKEND_HOST,
  port: settings.PORT,
  portSetting: 'PORT',
})
