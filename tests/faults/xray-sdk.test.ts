import { afterAll, beforeAll, describe, test } from 'vitest'
import { type DatagramProxy, startDatagramProxy } from '../harness/datagram-proxy.ts'
import { FaultApp } from '../harness/fault-app.ts'
import { type FaultCase, HTTP_FAULTS, OUTAGE, shortly } from '../harness/fault-cases.ts'
import { type Cell, runCell, type Target } from '../harness/fault-cell.ts'
import { sandboxForTest } from '../harness/sandbox.ts'
import { IS_LONG } from '../harness/scale.ts'

/** The faults that datagrams can have: nothing answers them. */
const FAULTS = HTTP_FAULTS.filter(({ name }) => ['none', 'refused', 'black hole', '5 s slow'].includes(name))

describe('X-Ray by UDP', () => {
  const resources = new AsyncDisposableStack()
  let target: Target
  let proxy: DatagramProxy

  beforeAll(async () => {
    const sandbox = resources.use(await sandboxForTest())
    const { udp, tcp } = sandbox.daemon
    if (!udp || !tcp) throw new Error('the sandbox has no daemon')
    proxy = resources.use(await startDatagramProxy(udp))
    const app = resources.use(
      await FaultApp.start({ xray: { pipeline: 'sdk', daemon: { udp: proxy.address, tcp } } }),
    )
    target = { app, sandbox, streams: { xray: { column: 'X-Ray sdk', made: 'segments', isUdp: true } } }
  })

  afterAll(() => resources.disposeAsync())

  test.each(shortly(FAULTS, 'refused'))('$name', async (fault) => {
    await runCell(target, cell(fault))
  })

  test.runIf(IS_LONG)('60 s outage at 50 requests a second: every loss is counted', async () => {
    await runCell(target, { ...cell(OUTAGE), seconds: 60 })
  })

  function cell({ name, fault, consequence }: FaultCase): Cell {
    return {
      fault: name,
      // No datagram is answered, so one that vanishes on its way looks like any other.
      consequence: fault === 'hang' ? 'unnoticed' : consequence,
      on: async () => {
        if (fault === 'refused') await proxy.refuse()
        else if (fault === 'hang' || fault === undefined) proxy.fault = fault
        else if (typeof fault === 'object' && 'delayMs' in fault) proxy.fault = fault
      },
      off: async () => {
        proxy.fault = undefined
        await proxy.passedOn()
        await proxy.accept()
      },
    }
  }
})
