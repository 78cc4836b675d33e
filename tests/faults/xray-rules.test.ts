import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { FaultApp } from '../harness/fault-app.ts'
import { HTTP_FAULTS, httpCell, OUTAGE, shortly } from '../harness/fault-cases.ts'
import { type Cell, runCell } from '../harness/fault-cell.ts'
import { startProxy, type TestProxy } from '../harness/proxy.ts'
import {
  createRule,
  HONEYCOMB_KEY,
  type SandboxForTest,
  sandboxForTest,
  xrayClientOf,
} from '../harness/sandbox.ts'
import { IS_LONG } from '../harness/scale.ts'
import { eventually } from '../harness/wait-for.ts'

const COLUMN = 'X-Ray rules'
/** One when they cannot be read, and one when they can. */
const LINES = [/sampling rules cannot be read/, /can be read, and are in force/]
/** The rules are asked for again four seconds after a start, then every ten. */
const RULES_MS = 20_000

describe('X-Ray’s sampling rules', () => {
  const resources = new AsyncDisposableStack()
  let sandbox: SandboxForTest
  let proxy: TestProxy

  beforeAll(async () => {
    sandbox = resources.use(await sandboxForTest())
    const { tcp } = sandbox.daemon
    proxy = resources.use(await startProxy(() => `http://${tcp?.host}:${tcp?.port}`))
    await keepAll()
  })

  afterAll(() => resources.disposeAsync())

  /** A rule that keeps every trace, so that a decision shows whether it was made by the rules. */
  async function keepAll(): Promise<void> {
    const client = xrayClientOf(sandbox.url)
    await createRule(client, { RuleName: 'All', FixedRate: 1 })
    client.destroy()
  }

  function start(): Promise<FaultApp> {
    return FaultApp.start({
      sampler: { name: 'xray', rulesEndpoint: proxy.url, rulesPollingSeconds: 10 },
      honeycomb: { endpoint: sandbox.url, headers: HONEYCOMB_KEY },
    })
  }

  /** Runs an app that has the fault from its start, and one that has it later. */
  async function run(cell: Cell, otherLines: readonly RegExp[]): Promise<void> {
    await cell.on()
    await using app = await start()
    const target = { app, sandbox, streams: { honeycomb: { column: COLUMN, made: 'spans' } } } as const
    await runCell(target, {
      ...cell,
      // Honeycomb has none.
      consequence: 'none',
      decides: 'app',
      otherLines,
      on: async () => {},
      async off() {
        await cell.off()
        await rulesOf(app)
      },
    })
    const { requests, sampled, wrong } = await app.load(50, 0.4, 'app')
    expect(wrong).toEqual([])
    expect(sampled, 'the rules are in force').toBe(requests)
  }

  const rulesOf = (app: FaultApp) =>
    eventually(
      async () => (await app.health()).sampler,
      ({ fallback }) => !fallback,
      RULES_MS,
    )

  test.each(shortly(HTTP_FAULTS, '`null`'))('$name, from the start', async (fault) => {
    const isFailing = fault.name !== 'none'
    await run(httpCell(proxy, fault), isFailing ? LINES : [])
  })

  test.runIf(IS_LONG)('60 s outage', async () => {
    await run({ ...httpCell(proxy, OUTAGE), seconds: 60 }, LINES)
  })
})
