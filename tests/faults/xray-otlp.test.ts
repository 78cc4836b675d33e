import { UpdateTraceSegmentDestinationCommand } from '@aws-sdk/client-xray'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { FaultApp } from '../harness/fault-app.ts'
import { HTTP_FAULTS, httpCell, OUTAGE, PARTIAL_SUCCESS, shortly } from '../harness/fault-cases.ts'
import { runCell, type Target } from '../harness/fault-cell.ts'
import { startProxy, type TestProxy } from '../harness/proxy.ts'
import { sandboxForTest, xrayClientOf } from '../harness/sandbox.ts'
import { IS_LONG } from '../harness/scale.ts'

describe('X-Ray by OTLP', () => {
  const resources = new AsyncDisposableStack()
  let target: Target
  let proxy: TestProxy

  beforeAll(async () => {
    const sandbox = resources.use(await sandboxForTest())
    proxy = resources.use(await startProxy(() => sandbox.url))
    const client = xrayClientOf(sandbox.url)
    await client.send(new UpdateTraceSegmentDestinationCommand({ Destination: 'CloudWatchLogs' }))
    client.destroy()
    const app = resources.use(
      await FaultApp.start({
        xray: {
          pipeline: 'otlp',
          endpoint: `${proxy.url}/v1/traces`,
          region: 'us-east-1',
          credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
        },
      }),
    )
    target = {
      app,
      sandbox,
      streams: { xray: { column: 'X-Ray otlp', made: 'spans', stored: 'segments' } },
    }
  })

  afterAll(() => resources.disposeAsync())

  test.each(shortly([...HTTP_FAULTS, PARTIAL_SUCCESS], 'garbage 200'))(
    '$name: $consequence',
    async (fault) => {
      await runCell(target, httpCell(proxy, fault))
    },
  )

  test.runIf(IS_LONG)('60 s outage at 50 requests a second: nothing is lost', async () => {
    await runCell(target, { ...httpCell(proxy, OUTAGE), seconds: 60 })
  })
})
