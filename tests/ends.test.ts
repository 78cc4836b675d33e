import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { newTraceId } from '../contracts/trace-id.ts'
import { spawnProcess } from './harness/process.ts'
import { scaled } from './harness/scale.ts'
import { eventually } from './harness/wait-for.ts'
import { createWorkspace, type TestWorkspace } from './harness/workspace.ts'

const ARRIVED_MS = 5_000
/** Ten processes start at once. */
const STARTED_MS = 30_000
const ARGS = ['--import', './tests/fixtures/instrumentation.ts', 'tests/fixtures/ends.ts']

let workspace: TestWorkspace

beforeAll(async () => {
  workspace = await createWorkspace()
  await workspace.startSandboxHere()
})

afterAll(() => workspace.dispose())

/** Lets a process record something and end, by itself or by a signal once it is ready. */
async function end(
  way: string,
  { signal, sandbox = workspace.sandbox }: { signal?: NodeJS.Signals; sandbox?: string } = {},
) {
  const traceId = newTraceId()
  const startedAt = performance.now()
  const ended = spawnProcess([...ARGS, way, traceId], {
    ...workspace.env,
    OTEL_EXPORTER_OTLP_ENDPOINT: sandbox,
  })
  if (signal) {
    await eventually(ended.stdout, (text) => text.includes('ready'), STARTED_MS)
    ended.child.kill(signal)
  }
  const code = await ended.exited
  return { code, traceId, stderr: ended.stderr(), durationMs: performance.now() - startedAt }
}

/** Spans, segments and items of a trace. Segments, which come by UDP, may arrive after the end of their process. */
async function arrived(traceId: string): Promise<number[]> {
  const { honeycomb, xray, rollbar } = await eventually(
    () => workspace.trace(traceId),
    ({ xray }) => xray.segments.length > 0,
    ARRIVED_MS,
  )
  return [honeycomb.spans.length, xray.segments.length, rollbar.items.length]
}

describe.concurrent('what a process has recorded arrives in all three providers', () => {
  test.for([
    ['script', 3],
    ['stopped script', 4],
    ['fork', 0],
    ['worker thread', 0],
    ['closed server', 0],
    ...scaled([], [
      ['script that works on before its exit', 0],
      // A cluster's worker is a fork.
      ['cluster worker', 0],
    ] as const),
  ] as const)('when it ends by itself: %s', async ([way, expectedCode], { expect }) => {
    const { code, traceId, stderr } = await end(way)
    expect(code, stderr).toBe(expectedCode)
    expect(await arrived(traceId), stderr).toEqual([1, 1, 1])
    expect(stderr).not.toContain('may lose')
  })

  test.for(['signal', 'signal that the app handles'])(
    'when it ends by SIGHUP: %s',
    async (way, { expect }) => {
      const { code, traceId, stderr } = await end(way, { signal: 'SIGHUP' })
      expect(code, stderr).toBe(0)
      expect(await arrived(traceId), stderr).toEqual([1, 1, 1])
    },
  )
})

describe.concurrent('an end that allows no sending', () => {
  test.for([['throw', 1], ['worker thread that exits', 0], ...scaled([], [['exit', 5]] as const)] as const)(
    'is logged in one line: %s',
    async ([way, expectedCode], { expect }) => {
      const { code, stderr } = await end(way)
      expect(code, stderr).toBe(expectedCode)
      const lines = stderr.split('\n').filter((line) => line.includes('the process ends before all is sent'))
      expect(lines, stderr).toHaveLength(1)
      expect(lines[0]).toMatch(/may lose honeycomb: 1, .*logs: 1: await telemetry\.stop\(\) first/)
    },
  )

  test('takes seconds where a provider does not answer, and keeps the exit code', async ({ expect }) => {
    const blackHole = createServer((socket) => socket.on('error', () => {}).resume())
    blackHole.listen(0, '127.0.0.1')
    await once(blackHole, 'listening')
    const sandbox = `http://127.0.0.1:${(blackHole.address() as AddressInfo).port}`
    const { code, stderr, durationMs } = await end('script without an error', { sandbox })
    blackHole.close()
    expect(code, stderr).toBe(3)
    expect(durationMs).toBeLessThan(9_000)
    expect(stderr).toMatch(/honeycomb: 1 not delivered in time/)
  })
})
