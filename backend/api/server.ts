import { planFaults } from '../../contracts/planted-faults.ts'
import { describeContainer } from '../../settings/container.ts'
import { profilesUrl } from '../../settings/providers.ts'
import { settings, telemetry } from './instrumentation.ts'

// Imported after the telemetry has started: modules that load earlier are not instrumented.
const { databaseAddress } = await import('../database/address.ts')
const { createPool } = await import('../database/pool.ts')
const { prepareDatabase } = await import('../database/prepare.ts')
const { addFaultsToApi } = await import('../planted-faults/index.ts')
const { allowedHosts } = await import('../guard.ts')
const { serve } = await import('../service.ts')
const { createActivities } = await import('./activities.ts')
const { createApi } = await import('./app.ts')
const { createMessages } = await import('./messages.ts')
const { createProfilesClient } = await import('./profiles-client.ts')

const address = databaseAddress(settings)
const database = createPool(address)
const preparation = await prepareDatabase(address)
const profiles = createProfilesClient(profilesUrl(settings))

const faults = planFaults(settings.PLANTED_FAULTS, settings.PLANTED_SEED)

const app = createApi({
  telemetry,
  allowedHosts: allowedHosts(settings),
  container: describeContainer(settings),
  profiles,
  activities: createActivities(database),
  messages: createMessages(database),
  addFaults: (app) => addFaultsToApi(app, faults, { database, address, profilesUrl: profilesUrl(settings) }),
  dependencies: {
    database: async () => {
      if (!preparation.isDone) throw new Error('the tables have not been created yet')
      await database.query('select 1')
    },
    profiles: () => profiles.check(),
  },
})
const server = serve(app, telemetry, {
  host: settings.BACKEND_HOST,
  port: settings.PORT,
  portSetting: 'PORT',
})
server.on('close', () => void database.close())
