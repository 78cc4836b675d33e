import { planFaults } from '../../contracts/planted-faults.ts'
import { describeContainer } from '../../settings/container.ts'
import { settings, telemetry } from './instrumentation.ts'

// Imported after the telemetry has started: modules that load earlier are not instrumented.
const { createProfiles } = await import('./app.ts')
const { allowedHosts } = await import('../guard.ts')
const { serve } = await import('../service.ts')

const faults = planFaults(settings.PLANTED_FAULTS, settings.PLANTED_SEED)
const options = {
  telemetry,
  allowedHosts: allowedHosts(settings),
  container: describeContainer(settings),
}
serve(createProfiles(options, faults), telemetry, {
  host: settings.BACKEND_HOST,
  port: settings.PROFILES_PORT,
  portSetting: 'PROFILES_PORT',
})
