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
