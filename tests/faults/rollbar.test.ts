import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { FaultApp, readStored } from '../harness/fault-app.ts'
import { HTTP_FAULTS, httpCell, OUTAGE, shortly } from '../harness/fault-cases.ts'
import { runCell, type Target } from '../harness/fault-cell.ts'
import { startProxy, type TestProxy } from '../harness/proxy.ts'
import { type SandboxForTest, sandboxForTest } from '../harness/sandbox.ts'
import { IS_LONG } from '../harness/scale.ts'

const PER_MINUTE = 60

/** Rollbar recognises an item that it has: one is sent again after an internal error, and after an answer that was cut. */
const FAULTS = HTTP_FAULTS.map((fault) => ({
  ...fault,
  ...((fault.name === '500' || fault.consequence === 'unconfirmed') && { consequence: 'delayed' as const }),
}))

describe('Rollbar', () => {
  const resources = new AsyncDisposableStack()
  let sandbox: SandboxForTest
  let proxy: TestProxy
  let target: Target

  beforeAll(async () => {
    sandbox = resources.use(await sandboxForTest())
    proxy = resources.use(await startProxy(() => sandbox.url))
    target = await start(60_000)
  })

  afterAll(() => resources.disposeAsync())

  async function start(itemsPerMinute: number): Promise<Target> {
    const app = resources.use(
      await FaultApp.start({
        rollbar: { accessToken: 'any', apiEndpoint: proxy.url, environment: 'test', itemsPerMinute },
      }),
    )
    return { app, sandbox, streams: { rollbar: { column: 'Rollbar', made: 'errors' } } }
  }

  test.each(shortly(FAULTS, '`null`', '503 without JSON'))('$name: $consequence', async (fault) => {
    await runCell(target, httpCell(proxy, fault))
  })

  test.runIf(IS_LONG)(
    '60 s outage at 50 requests a second: every error that an answer named is there, within 60 a minute',
    async () => {
      const limited = await start(PER_MINUTE)
      const { uuids } = await runCell(limited, {
        ...httpCell(proxy, OUTAGE),
        seconds: 60,
        mayDrop: true,
      })
      const stored = await readStored(sandbox)
      // All of the first minute, and some of the second, which the end of the load is in.
      expect(uuids.length).toBeGreaterThan(PER_MINUTE)
      expect(uuids.filter((uuid) => !stored.uuids.has(uuid))).toEqual([])
    },
  )
})
