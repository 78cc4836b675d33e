import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startProxy, type TestProxy } from './harness/proxy.ts'
import { createWorkspace, type TestWorkspace } from './harness/workspace.ts'

const MAX_STOP_MS = 10_000

describe('with every provider hanging', () => {
  let hole: TestProxy
  let workspace: TestWorkspace

  beforeAll(async () => {
    hole = await startProxy(() => 'http://127.0.0.1:1')
    // Accepts connections and never answers, like a firewall or an overloaded provider.
    hole.fault = () => 'hang'
    workspace = await createWorkspace({
      OTEL_EXPORTER_OTLP_ENDPOINT: hole.url,
      XRAY_PIPELINE: 'otlp',
      XRAY_OTLP_ENDPOINT: `${hole.url}/v1/traces`,
      ROLLBAR_API_ENDPOINT: hole.url,
      AWS_XRAY_DAEMON_ADDRESS: new URL(hole.url).host,
      OTEL_TRACES_SAMPLER: 'parentbased_always_on',
      PROFILES_URL: hole.url,
    })
  })

  afterAll(async () => {
    await workspace.dispose()
    await hole[Symbol.asyncDispose]()
  })

  test.each(['parentbased_always_on', 'xray'])(
    'and OTEL_TRACES_SAMPLER=%s: requests are answered; on SIGTERM the api exits within 10 s and reports what was lost',
    async (sampler) => {
      const api = await workspace.start('api', { OTEL_TRACES_SAMPLER: sampler })
      const answers = await Promise.all(
        ['/rollbar/test', '/nowhere', '/nowhere'].map((path) =>
          fetch(`${workspace.api}${path}`).then(({ status }) => status),
        ),
      )
      expect(answers).toEqual([500, 404, 404])
      const startedAt = performance.now()
      const code = await api.stop()
      const tookMs = performance.now() - startedAt
      expect(code, api.output()).toBe(0)
      expect(tookMs).toBeLessThan(MAX_STOP_MS)
      for (const provider of ['honeycomb', 'xray', 'rollbar', 'logs']) {
        expect(api.output()).toMatch(
          new RegExp(`telemetry: ${provider}: [1-9]\\d* not delivered in time, 0 refused, 0 dropped`, 'm'),
        )
      }
    },
  )
})
