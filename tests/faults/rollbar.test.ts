import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { FaultApp, readStored } from '../harness/fault-app.ts'
import { HTTP_FAULTS, httpCell, OUTAGE, shortly } from '../harness/fault-cases.ts'
import { runCell, type Target } from '../harness/fault-cell.ts'
import { startProxy, type TestProxy } from '../harness/proxy.ts'
import { type SandboxForTest, sandboxForTest } from '../harness/sandbox.ts'
import { IS_LONG } from '../harness/scale.ts'

const PER_MINUTE = 60

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

  test.each(shortly(HTTP_FAULTS, '`null`', '503 without JSON'))('$name: $consequence', async (fault) => {
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
      // The load takes 61 s, so that it begins two minutes or three.
      expect(uuids.length).toBeGreaterThanOrEqual(2 * PER_MINUTE - 10)
      expect(uuids.filter((uuid) => !stored.uuids.has(uuid))).toEqual([])
    },
  )
})
