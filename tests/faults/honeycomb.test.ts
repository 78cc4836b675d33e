import { afterAll, beforeAll, describe, test } from 'vitest'
import { FaultApp } from '../harness/fault-app.ts'
import { HTTP_FAULTS, httpCell, OUTAGE, PARTIAL_SUCCESS, shortly } from '../harness/fault-cases.ts'
import { runCell, type Target } from '../harness/fault-cell.ts'
import { startProxy, type TestProxy } from '../harness/proxy.ts'
import { HONEYCOMB_KEY, sandboxForTest } from '../harness/sandbox.ts'
import { IS_LONG } from '../harness/scale.ts'

describe('Honeycomb: traces, logs and metrics', () => {
  const resources = new AsyncDisposableStack()
  let target: Target
  let proxy: TestProxy

  beforeAll(async () => {
    const sandbox = resources.use(await sandboxForTest())
    proxy = resources.use(await startProxy(() => sandbox.url))
    const app = resources.use(
      await FaultApp.start({
        honeycomb: { endpoint: proxy.url, headers: HONEYCOMB_KEY },
        metricsIntervalMs: 1_500,
      }),
    )
    target = {
      app,
      sandbox,
      streams: {
        honeycomb: { column: 'Honeycomb traces', made: 'spans' },
        logs: { column: 'Honeycomb logs', made: 'logs' },
        metrics: { column: 'Honeycomb metrics', made: 'points' },
      },
    }
  })

  afterAll(() => resources.disposeAsync())

  test.each(shortly([...HTTP_FAULTS, PARTIAL_SUCCESS], 'reset in the body', 'partial success'))(
    '$name: $consequence',
    async (fault) => {
      await runCell(target, httpCell(proxy, fault))
    },
  )

  test.runIf(IS_LONG)('60 s outage at 50 requests a second: nothing is lost', async () => {
    await runCell(target, { ...httpCell(proxy, OUTAGE), seconds: 60 })
  })
})
