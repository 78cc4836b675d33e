import {
  BatchGetTracesCommand,
  CancelTraceRetrievalCommand,
  GetIndexingRulesCommand,
  GetRetrievedTracesGraphCommand,
  GetTraceSegmentDestinationCommand,
  GetTraceSummariesCommand,
  ListRetrievedTracesCommand,
  PutTraceSegmentsCommand,
  StartTraceRetrievalCommand,
  UpdateIndexingRuleCommand,
  UpdateTraceSegmentDestinationCommand,
  type XRayClient,
} from '@aws-sdk/client-xray'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type SandboxForTest,
  sandboxForTest,
  segmentDocument,
  XRAY_TRACE_ID,
  xrayClientOf,
} from '../sandbox-for-test.ts'

const RANGE = { StartTime: new Date(1_763_799_000_000), EndTime: new Date(1_763_801_000_000) }

let sandbox: SandboxForTest
let client: XRayClient

beforeAll(async () => {
  sandbox = await sandboxForTest()
  client = xrayClientOf(sandbox.url)
  await client.send(new PutTraceSegmentsCommand({ TraceSegmentDocuments: [segmentDocument()] }))
})

afterAll(async () => {
  client.destroy()
  await sandbox[Symbol.asyncDispose]()
})

const retrieve = async () => {
  const { RetrievalToken } = await client.send(
    new StartTraceRetrievalCommand({ TraceIds: [XRAY_TRACE_ID, 'nonsense'], ...RANGE }),
  )
  return RetrievalToken
}

const found = async () => {
  const { Traces } = await client.send(new BatchGetTracesCommand({ TraceIds: [XRAY_TRACE_ID] }))
  const { TraceSummaries } = await client.send(new GetTraceSummariesCommand(RANGE))
  return [Traces?.length, TraceSummaries?.length]
}

const percent = (DesiredSamplingPercentage: number, Name = 'Default') =>
  client.send(new UpdateIndexingRuleCommand({ Name, Rule: { Probabilistic: { DesiredSamplingPercentage } } }))

describe('Transaction Search', () => {
  test('is off at first: segments are in X-Ray, every trace is found, and there is nothing to retrieve', async () => {
    expect(await client.send(new GetTraceSegmentDestinationCommand({}))).toMatchObject({
      Destination: 'XRay',
      Status: 'ACTIVE',
    })
    expect(await found()).toEqual([1, 1])
    const { Traces } = await client.send(new ListRetrievedTracesCommand({ RetrievalToken: await retrieve() }))
    expect(Traces).toEqual([])
  })

  test('on, the share of the traces that is indexed is found, and every trace can be retrieved', async () => {
    const update = new UpdateTraceSegmentDestinationCommand({ Destination: 'CloudWatchLogs' })
    expect(await client.send(update)).toMatchObject({ Destination: 'CloudWatchLogs', Status: 'PENDING' })
    const { IndexingRules } = await client.send(new GetIndexingRulesCommand({}))
    expect(IndexingRules).toMatchObject([
      { Name: 'Default', Rule: { Probabilistic: { DesiredSamplingPercentage: 1 } } },
    ])
    await percent(0)
    expect(await found()).toEqual([0, 0])

    const RetrievalToken = await retrieve()
    expect(await client.send(new ListRetrievedTracesCommand({ RetrievalToken }))).toMatchObject({
      RetrievalStatus: 'COMPLETE',
      TraceFormat: 'XRAY',
      Traces: [{ Id: XRAY_TRACE_ID, Duration: 0.1, Spans: [{ Document: segmentDocument() }] }],
    })
    const graph = await client.send(new GetRetrievedTracesGraphCommand({ RetrievalToken }))
    expect(graph.Services?.map(({ Service }) => Service?.Type)).toEqual([undefined, 'client'])
    await client.send(new CancelTraceRetrievalCommand({ RetrievalToken }))

    const { IndexingRule } = await percent(100)
    expect(IndexingRule?.ModifiedAt?.getTime()).toBeGreaterThan(0)
    expect(await found()).toEqual([1, 1])
  })

  test('a hundred traces are retrieved page by page, those of the range alone, and none once it is cancelled', async () => {
    const start = 1_763_800_100
    const ids = Array.from(
      { length: 100 },
      (_, index) => `1-6921f460-${index.toString(16).padStart(24, '0')}`,
    )
    for (let from = 0; from < ids.length; from += 50) {
      const documents = ids
        .slice(from, from + 50)
        .map((trace_id) =>
          JSON.stringify({ name: 's', id: 'b'.repeat(16), trace_id, start_time: start, end_time: start + 1 }),
        )
      await client.send(new PutTraceSegmentsCommand({ TraceSegmentDocuments: documents }))
    }
    const begin = async (fromS: number, toS: number) => {
      const range = { StartTime: new Date(fromS * 1000), EndTime: new Date(toS * 1000) }
      return (await client.send(new StartTraceRetrievalCommand({ TraceIds: ids, ...range }))).RetrievalToken
    }
    const all = async (RetrievalToken: string | undefined) => {
      const pages: number[] = []
      const found = new Set<string | undefined>()
      let NextToken: string | undefined
      do {
        const answer = await client.send(new ListRetrievedTracesCommand({ RetrievalToken, NextToken }))
        pages.push(answer.Traces?.length ?? 0)
        for (const { Id } of answer.Traces ?? []) found.add(Id)
        NextToken = answer.NextToken
      } while (NextToken)
      return { pages, found: found.size }
    }
    await client.send(new UpdateTraceSegmentDestinationCommand({ Destination: 'CloudWatchLogs' }))
    const token = await begin(start - 60, start + 60)
    expect(token?.length).toBeLessThanOrEqual(1020)
    expect(await all(token)).toEqual({ pages: Array(20).fill(5), found: 100 })
    expect(await all(await begin(start + 10, start + 60))).toEqual({ pages: [0], found: 0 })
    await client.send(new CancelTraceRetrievalCommand({ RetrievalToken: token }))
    expect(await client.send(new ListRetrievedTracesCommand({ RetrievalToken: token }))).toMatchObject({
      RetrievalStatus: 'CANCELLED',
      Traces: [],
    })
  })

  test.each([
    ['a percentage above 100', () => percent(101), 'InvalidRequestException'],
    ['a rule that is not there', () => percent(5, 'Other'), 'ResourceNotFoundException'],
    [
      'a retrieval that was not begun',
      () => client.send(new ListRetrievedTracesCommand({ RetrievalToken: 'none' })),
      'ResourceNotFoundException',
    ],
    [
      'spans in OpenTelemetry’s form, which are not kept',
      async () =>
        client.send(
          new ListRetrievedTracesCommand({ RetrievalToken: await retrieve(), TraceFormat: 'OTEL' }),
        ),
      'InvalidRequestException',
    ],
  ])('%s is refused', async (_what, act, name) => {
    await expect(act()).rejects.toMatchObject({ name })
  })
})
