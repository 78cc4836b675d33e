import { devNull } from 'node:os'
import { expect, test } from 'vitest'
import { readSettings } from '../../settings/read.ts'
import { temporaryFolder } from '../../tests/harness/temporary-folder.ts'
import { planTailSampling } from './plan.ts'

test('a run sends only to the collectors and the sandbox, also where every provider is live', () => {
  const live = {
    ...{ WORKSPACE_ENV_FILE: devNull, HONEYCOMB_API_KEY: 'secret-1', ROLLBAR_ACCESS_TOKEN: 'secret-2' },
    ...{ AWS_ACCESS_KEY_ID: 'secret-3', AWS_SECRET_ACCESS_KEY: 'secret-4', PLANTED_FAULTS: 'a' },
    ...{ OTEL_EXPORTER_OTLP_HEADERS: 'x-honeycomb-team=secret-5', OTEL_TRACES_SAMPLER: 'always_off' },
  }
  const ports = [1, 2, 3, 4, 5, 6, 7, 8, 9]
  const plan = planTailSampling(readSettings(live), ports, temporaryFolder())
  expect(plan.specs.map(({ name }) => name)).toEqual(['gateway', 'agent', 'profiles', 'api'])
  expect(plan).toMatchObject({ api: 'http://127.0.0.1:8', service: 'cruddur-backend-collected' })
  const [gateway, agent, profiles, api] = plan.specs
  for (const service of [profiles, api]) {
    expect(service?.env).toMatchObject({
      ...{ HONEYCOMB_ENABLED: 'local', XRAY_ENABLED: 'local', ROLLBAR_ENABLED: 'false' },
      ...{ XRAY_PIPELINE: 'collector', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' },
    })
    expect(service?.env).not.toHaveProperty('PLANTED_FAULTS')
    expect(service?.env).not.toHaveProperty('OTEL_TRACES_SAMPLER')
  }
  expect(JSON.stringify([gateway, agent, profiles, api])).not.toContain('secret-')
})
