import { settings, telemetry } from './instrumentation.ts'

// Imported here, not above: whatever loads before the telemetry is up is not instrumented.
const { createProfiles } = await import('./app.ts')
const { serve } = await import('../serve.ts')

serve(createProfiles({ telemetry }), telemetry, {
  name: telemetry.report().service,
  host: settings.BACKEND_HOST,
  port: settings.PROFILES_PORT,
  portSetting: 'PROFILES_PORT',
})
