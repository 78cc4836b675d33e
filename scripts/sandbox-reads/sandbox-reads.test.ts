import { afterAll, beforeAll, expect, test } from 'vitest'
import { newSpanId, newTraceId, toXRayTraceId } from '../../contracts/trace-id.ts'
import { type SandboxForTest, sandboxForTest } from '../../tests/harness/sandbox.ts'
import { sendSpans } from '../../tests/harness/viewer-data.ts'
import { SandboxReads } from './sandbox-reads.ts'

let sandbox: SandboxForTest
let reads: SandboxReads
const traceId = newTraceId()

beforeAll(async () => {
  sandbox = await sandboxForTest()
  reads = new SandboxReads(sandbox.url)
  const span = { spanId: newSpanId(), name: 'GET /api/home', at: 0, took: 20, kind: 2 }
  await sendSpans(sandbox, traceId, Date.now() - 1_000, 'flask', [span])
})
afterAll(async () => {
  await sandbox[Symbol.asyncDispose]()
})

test('each read gives its parsed answer', async () => {
  expect((await reads.requests({ service: 'flask', limit: 5 })).requests).toMatchObject([{ traceId }])
  expect((await reads.menus({})).matching).toBe(1)
  expect((await reads.trace(toXRayTraceId(traceId))).spans).toHaveLength(1)
  expect((await reads.ask({ breakdowns: ['service.name'] })).results).toMatchObject([{ COUNT: 1 }])
  expect((await reads.columns({ column: 'service.name' })).columns).toMatchObject([{ name: 'service.name' }])
  expect((await reads.errors()).total).toBe(0)
  expect((await reads.twins(traceId)).twins).toEqual([])
  expect((await reads.wiring()).rows).toBe(0)
  expect((await reads.providers()).honeycomb.mode).toBe('local')
})

test('a failed read says what is wrong and what to do', async () => {
  const unknown = newTraceId()
  await expect(reads.trace(unknown)).rejects.toMatchObject({ code: 'TRACE_UNKNOWN' })
  await expect(reads.trace('../health')).rejects.toMatchObject({ code: 'TRACE_ID_INVALID' })
  await expect(reads.ask({ breakdowns: [''] })).rejects.toMatchObject({
    code: 'QUERY_INVALID',
    message: expect.stringContaining('breakdowns.0'),
  })
  await expect(reads.requests({ status: '9xx' })).rejects.toMatchObject({ code: 'READ_REJECTED' })
  await expect(new SandboxReads('http://127.0.0.1:9').errors()).rejects.toMatchObject({
    code: 'SANDBOX_DOWN',
    fix: expect.stringContaining('npm run sandbox'),
  })
})
