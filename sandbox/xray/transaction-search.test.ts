import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import {
  type SandboxForTest,
  sandboxForTest,
  segmentDocument,
  XRAY_TRACE_ID,
  xrayClientOf,
} from '../../tests/harness/sandbox.ts'

/** Around the time in XRAY_TRACE_ID. */
const RANGE = { StartTime: new Date(1_763_799_000_000), EndTime: new Date(1_763_801_000_000) }

/** A trace from before Transaction Search is switched on. */
const EARLIER = `1-6921f3a0-${'e'.repeat(24)}`

let sandbox: SandboxForTest
let client: ReturnType<typeof xrayClientOf>

beforeEach(async () => {
  sandbox = await sandboxForTest({ daemon: undefined })
  client = xrayClientOf(sandbox.url)
  await put(segmentDocument({ trace_id: EARLIER }))
})

afterEach(async () => {
  client.destroy()
  await sandbox[Symbol.asyncDispose]()
})

const put = (...TraceSegmentDocuments: string[]) => client.putTraceSegments({ TraceSegmentDocuments })

const retrieve = async (TraceIds = [XRAY_TRACE_ID, 'nonsense'], range = RANGE) => {
  const { RetrievalToken } = await client.startTraceRetrieval({ TraceIds, ...range })
  return RetrievalToken
}

const list = (RetrievalToken: string | undefined, NextToken?: string) =>
  client.listRetrievedTraces({ RetrievalToken, NextToken })

const switchOn = () => client.updateTraceSegmentDestination({ Destination: 'CloudWatchLogs' })

/** The number of traces that BatchGetTraces has of one id, and GetTraceSummaries of the whole range. */
const found = async (id = XRAY_TRACE_ID) => {
  const { Traces } = await client.batchGetTraces({ TraceIds: [id] })
  const { TraceSummaries } = await client.getTraceSummaries(RANGE)
  return [Traces?.length, TraceSummaries?.length]
}

const setIndexedPercentage = (DesiredSamplingPercentage: number, Name = 'Default') =>
  client.updateIndexingRule({ Name, Rule: { Probabilistic: { DesiredSamplingPercentage } } })

describe('Transaction Search', () => {
  test('before it is switched on, BatchGetTraces has every trace, and a retrieval has none', async () => {
    expect(await client.getTraceSegmentDestination({})).toMatchObject({
      Destination: 'XRay',
      Status: 'ACTIVE',
    })
    expect(await found(EARLIER)).toEqual([1, 1])
    expect((await list(await retrieve([EARLIER]))).Traces).toEqual([])
  })

  test('while it is on, BatchGetTraces has only indexed traces, and a retrieval has all that came since', async () => {
    expect(await switchOn()).toMatchObject({ Destination: 'CloudWatchLogs', Status: 'PENDING' })
    const { IndexingRules } = await client.getIndexingRules({})
    expect(IndexingRules).toMatchObject([
      { Name: 'Default', Rule: { Probabilistic: { DesiredSamplingPercentage: 1 } } },
    ])
    await setIndexedPercentage(0)
    // Traces from before stay readable without a retrieval.
    expect(await found(EARLIER)).toEqual([1, 1])
    expect((await list(await retrieve([EARLIER]))).Traces).toEqual([])
    await put(segmentDocument())
    expect(await found()).toEqual([0, 1])

    const RetrievalToken = await retrieve()
    expect(await client.listRetrievedTraces({ RetrievalToken })).toMatchObject({
      RetrievalStatus: 'COMPLETE',
      TraceFormat: 'XRAY',
      Traces: [{ Id: XRAY_TRACE_ID, Duration: 0.1, Spans: [{ Document: segmentDocument() }] }],
    })
    const graph = await client.getRetrievedTracesGraph({ RetrievalToken })
    expect(graph.Services?.map(({ Service }) => Service?.Type)).toEqual([undefined, 'client'])
    await client.cancelTraceRetrieval({ RetrievalToken })
    expect(await list(RetrievalToken)).toMatchObject({ RetrievalStatus: 'CANCELLED', Traces: [] })

    const { IndexingRule } = await setIndexedPercentage(100)
    expect(IndexingRule?.ModifiedAt?.getTime()).toBeGreaterThan(0)
    expect(await found()).toEqual([1, 2])
  })

  test('a hundred traces are retrieved, five a page, and only those in the range', async () => {
    await switchOn()
    const ids = Array.from({ length: 100 }, (_, n) => `1-6921f3a0-${n.toString(16).padStart(24, '0')}`)
    const documents = ids.map((trace_id) => segmentDocument({ trace_id }))
    await put(...documents.slice(0, 50))
    await put(...documents.slice(50))
    const token = await retrieve(ids)
    const seen: (string | undefined)[] = []
    let page = await list(token)
    for (;;) {
      expect(page.Traces?.length).toBe(5)
      seen.push(...(page.Traces ?? []).map(({ Id }) => Id))
      if (!page.NextToken) break
      page = await list(token, page.NextToken)
    }
    expect(seen).toEqual(ids)
    // The pages are 0 to 19.
    await expect(list(token, '20')).rejects.toMatchObject({ name: 'InvalidRequestException' })
    const day = 86_400_000
    const dayBefore = {
      StartTime: new Date(RANGE.StartTime.getTime() - day),
      EndTime: new Date(RANGE.EndTime.getTime() - day),
    }
    expect((await list(await retrieve(ids, dayBefore))).Traces).toEqual([])
  })

  test('a clock that is set forward by a week ends no retrieval', async () => {
    await switchOn()
    await put(segmentDocument())
    const token = await retrieve()
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 7 * 86_400_000 })
    onTestFinished(() => void vi.useRealTimers())
    // A retrieval deletes those that have expired.
    await retrieve()
    expect((await list(token)).Traces).toMatchObject([{ Id: XRAY_TRACE_ID }])
  })

  test.each([
    ['a percentage above 100', () => setIndexedPercentage(101), 'InvalidRequestException'],
    ['a rule that is not there', () => setIndexedPercentage(5, 'Other'), 'ResourceNotFoundException'],
    [
      'a retrieval that was not begun',
      () => client.listRetrievedTraces({ RetrievalToken: 'none' }),
      'ResourceNotFoundException',
    ],
    [
      'spans in OpenTelemetry’s form, which are not kept',
      async () => client.listRetrievedTraces({ RetrievalToken: await retrieve(), TraceFormat: 'OTEL' }),
      'InvalidRequestException',
    ],
  ])('%s is an error', async (_what, act, name) => {
    await expect(act()).rejects.toMatchObject({ name })
  })
})
