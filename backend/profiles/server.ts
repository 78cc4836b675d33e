import { planFaults } from '../../contracts/planted-faults.ts'
import { settings, telemetry } from './instrumentation.ts'

// Imported after the telemetry has started: modules that load earlier are not instrumented.
const { createProfiles } = await import('./app.ts')
const { serve } = await import('../service.ts')

const faults = planFaults(settings.PLANTED_FAULTS, settings.PLANTED_SEED)
const allowedHosts = [settings.BACKEND_HOST, ...(settings.BACKEND_ALLOWED_HOSTS ?? [])]
serve(createProfiles({ telemetry, allowedHosts }, faults), telemetry, {
  host: settings.BACKEND_HOST,
  port: settings.PROFILES_PORT,
  portSetting: 'PROFILES_PORT',
})
