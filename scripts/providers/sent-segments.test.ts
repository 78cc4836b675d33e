import { expect, test } from 'vitest'
import type { TelemetryHealth } from '../../contracts/telemetry-health.ts'
import { toXRayTraceId } from '../../contracts/trace-id.ts'
import { always, ProviderServer } from '../../tests/harness/provider-server.ts'
import { sandboxForTest, segmentDocument } from '../../tests/harness/sandbox.ts'
import { compareSegments, describeSegments } from './sent-segments.ts'

const idOf = (index: number) => String(index).padStart(32, '1')
const idsFrom = (first: number, count: number) =>
  Array.from({ length: count }, (_, index) => idOf(first + index))

/** A process that has sent the segments of these traces by UDP. */
function sender(name: string, service: string, recentTraceIds: readonly string[], refused = 0) {
  const off = { enabled: false } as const
  const xray = {
    enabled: true,
    accepted: 0,
    refused,
    dropped: 0,
    unconfirmed: recentTraceIds.length,
    pending: 0,
    failing: false,
    recentTraceIds,
  } as const
  const telemetry: TelemetryHealth = {
    service,
    sampler: { name: 'xray', fallback: false },
    providers: { honeycomb: off, xray, rollbar: off },
    logs: off,
    metrics: off,
  }
  return { name, telemetry }
}

test('each process is compared by its own segments, whatever others send', async () => {
  await using sandbox = await sandboxForTest({ daemon: undefined })
  const documentOf = (traceId: string, name: string) => {
    const id = `${name === 'api' ? 'a' : 'b'}${traceId.slice(-15)}`
    return segmentDocument({ trace_id: toXRayTraceId(traceId), name, id })
  }
  const put = (traceIds: readonly string[], name: string) =>
    sandbox.putSegments(...traceIds.map((traceId) => documentOf(traceId, name)))
  await put(idsFrom(1, 40), 'api')
  await put(idsFrom(1_000, 40), 'another sender')
  await put(idsFrom(31, 8), 'profiles')

  const compared = await compareSegments(
    sandbox.url,
    [
      { name: 'sandbox', telemetry: null },
      sender('api', 'api', idsFrom(1, 40)),
      sender('profiles', 'profiles', idsFrom(31, 10)),
      sender('silent', 'silent', []),
    ],
    0,
  )
  expect(compared).toEqual([
    { process: 'api', traces: 40, missing: [], isCounted: false, isLosing: false },
    // The api's segments of these traces do not stand for those of profiles.
    { process: 'profiles', traces: 10, missing: [idOf(39), idOf(40)], isCounted: false, isLosing: false },
  ])
  expect(compared?.map(describeSegments)).toEqual([
    'the sandbox has the last 40 traces that api sent by UDP',
    'the sandbox lacks 2 of the last 10 traces that profiles sent by UDP',
  ])
})

test('segments that the process has counted as refused are no second loss', async () => {
  await using sandbox = await sandboxForTest({ daemon: undefined })
  const ids = idsFrom(1, 4)
  const compare = (refused: number) => compareSegments(sandbox.url, [sender('api', 'api', ids, refused)], 0)
  expect(await compare(4)).toMatchObject([{ missing: ids, isCounted: true }])
  expect(await compare(3)).toMatchObject([{ missing: ids, isCounted: false }])
})

test('where none of the latest has arrived, nothing arrives at present', async () => {
  await using sandbox = await sandboxForTest({ daemon: undefined })
  const [compared] = (await compareSegments(sandbox.url, [sender('api', 'api', idsFrom(1, 500))], 0)) ?? []
  expect(compared).toMatchObject({ traces: 200, isLosing: true })
  expect(compared?.missing).toEqual(idsFrom(301, 200))
})

test('a segment that is still under way counts as arrived a moment later', async () => {
  await using sandbox = await sandboxForTest({ daemon: undefined })
  const comparing = compareSegments(sandbox.url, [sender('api', 'api', [idOf(7)])], 5_000)
  await sandbox.putSegments(segmentDocument({ trace_id: toXRayTraceId(idOf(7)), name: 'api' }))
  const [compared] = (await comparing) ?? []
  expect(compared).toMatchObject({ traces: 1, missing: [] })
  expect(compared && describeSegments(compared)).toBe('the sandbox has the last trace that api sent by UDP')
})

test('a sandbox that does not answer, or is of another version, is not compared with', async () => {
  await using older = await ProviderServer.start(always(404, { message: 'no such path' }))
  for (const url of [older.url, 'http://127.0.0.1:1']) {
    expect(await compareSegments(url, [sender('api', 'api', idsFrom(1, 3))])).toBeUndefined()
  }
})
