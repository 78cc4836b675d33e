import type { Express } from 'express'
import { settings, telemetry } from './instrumentation.ts'

// Imported after the telemetry has started: modules that load earlier are not instrumented.
const { createProfiles } = await import('./app.ts')
const { plantInProfiles } = await import('../planted-faults.ts')
const { serve } = await import('../service.ts')

const plant = (app: Express) => plantInProfiles(app, settings.PLANTED_FAULTS)

serve(createProfiles({ telemetry, plant }), telemetry, {
  name: telemetry.report().service,
  host: settings.BACKEND_HOST,
  port: settings.PROFILES_PORT,
  portSetting: 'PROFILES_PORT',
})
