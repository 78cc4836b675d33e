import { readFileSync } from 'node:fs'
import { afterAll, expect, test } from 'vitest'
import { sandboxForTest, XRAY_TRACE_ID } from '../../tests/harness/sandbox.ts'

/** A shape of X-Ray's service model, as botocore has it. */
interface Shape {
  readonly type: string
  readonly min?: number
  readonly max?: number
  readonly enum?: readonly string[]
  readonly required?: readonly string[]
  readonly members?: Readonly<Record<string, Shape>>
  readonly member?: Shape
  readonly key?: Shape
  readonly value?: Shape
}

interface Model {
  readonly operations: Readonly<Record<string, { readonly path: string; readonly input: Shape }>>
}

const file = new URL('../../tests/fixtures/xray-requests.json', import.meta.url)
const { operations } = JSON.parse(readFileSync(file, 'utf8')) as Model

const sandbox = await sandboxForTest({ daemon: undefined })
afterAll(() => sandbox[Symbol.asyncDispose]())

const RANGE = { StartTime: 1, EndTime: 2 }
const TAGS = [{ Key: 'team', Value: 'a b' }]
const ARN = 'arn:aws:xray:us-east-1:000000000000:sampling-rule/Default'
const RULE = {
  ResourceARN: '*',
  Priority: 9,
  FixedRate: 0.5,
  ReservoirSize: 1,
  ServiceName: '*',
  ServiceType: '*',
  Host: '*',
  HTTPMethod: '*',
  URLPath: '*',
  Attributes: { plan: 'pro' },
  SamplingRateBoost: { MaxRate: 0.5, CooldownWindowMinutes: 0 },
}
const INSIGHTS = { InsightsEnabled: true, NotificationsEnabled: true }

/** A request of each operation, with every member except those that only one of can be sent or that must be a valid token. */
const REQUESTS: Readonly<Record<string, Record<string, unknown>>> = {
  BatchGetTraces: { TraceIds: [XRAY_TRACE_ID] },
  CancelTraceRetrieval: { RetrievalToken: 'a' },
  CreateGroup: { GroupName: 'a', FilterExpression: 'fault', InsightsConfiguration: INSIGHTS, Tags: TAGS },
  CreateSamplingRule: { SamplingRule: { ...RULE, RuleName: 'a', Version: 1 }, Tags: TAGS },
  DeleteGroup: { GroupName: 'a' },
  DeleteSamplingRule: { RuleName: 'b' },
  GetGroup: { GroupName: 'a' },
  GetGroups: {},
  GetIndexingRules: {},
  GetRetrievedTracesGraph: { RetrievalToken: 'a' },
  GetSamplingRules: {},
  GetSamplingStatisticSummaries: {},
  GetSamplingTargets: {
    SamplingStatisticsDocuments: [
      {
        RuleName: 'Default',
        ClientID: 'a'.repeat(24),
        Timestamp: 1,
        RequestCount: 1,
        SampledCount: 1,
        BorrowCount: 0,
      },
    ],
    SamplingBoostStatisticsDocuments: [
      {
        RuleName: 'b',
        ServiceName: 'a',
        Timestamp: 1,
        AnomalyCount: 1,
        TotalCount: 1,
        SampledAnomalyCount: 1,
      },
    ],
  },
  GetServiceGraph: { ...RANGE, GroupName: 'Default' },
  GetTraceGraph: { TraceIds: [XRAY_TRACE_ID] },
  GetTraceSegmentDestination: {},
  GetTraceSummaries: {
    ...RANGE,
    TimeRangeType: 'Event',
    Sampling: true,
    SamplingStrategy: { Name: 'FixedRate', Value: 0.5 },
    FilterExpression: 'fault',
  },
  ListRetrievedTraces: { RetrievalToken: 'a', TraceFormat: 'XRAY' },
  ListTagsForResource: { ResourceARN: ARN },
  PutTelemetryRecords: {
    TelemetryRecords: [
      {
        Timestamp: 1,
        SegmentsReceivedCount: 1,
        SegmentsSentCount: 1,
        SegmentsSpilloverCount: 0,
        SegmentsRejectedCount: 0,
        BackendConnectionErrors: {
          TimeoutCount: 0,
          ConnectionRefusedCount: 0,
          HTTPCode4XXCount: 0,
          HTTPCode5XXCount: 0,
          UnknownHostCount: 0,
          OtherCount: 0,
        },
      },
    ],
    EC2InstanceId: '',
    Hostname: '',
    ResourceARN: '',
  },
  PutTraceSegments: { TraceSegmentDocuments: [] },
  StartTraceRetrieval: { ...RANGE, TraceIds: [] },
  TagResource: { ResourceARN: ARN, Tags: TAGS },
  UntagResource: { ResourceARN: ARN, TagKeys: ['team'] },
  UpdateGroup: { GroupName: 'a', FilterExpression: 'error', InsightsConfiguration: INSIGHTS },
  UpdateIndexingRule: { Name: 'Default', Rule: { Probabilistic: { DesiredSamplingPercentage: 1 } } },
  UpdateSamplingRule: { SamplingRuleUpdate: { ...RULE, RuleName: 'b' } },
  UpdateTraceSegmentDestination: {
    Destination: 'CloudWatchLogs',
    CloudWatchLogsConfiguration: {
      SpansLogGroupKmsKeyId: 'arn:aws:kms:us-east-1:000000000000:key/1234abcd-12ab',
    },
  },
}

/** Values that a shape does not allow, each with what is wrong about it. `given` is an allowed one, if the request has one. */
function* wrongValues(shape: Shape, given: unknown): Generator<readonly [what: string, value: unknown]> {
  const { type, min = 0, max } = shape
  if (type === 'structure') {
    const members = (given ?? {}) as Record<string, unknown>
    yield ['a text for a structure', 'x']
    yield ['a list for a structure', []]
    for (const name of shape.required ?? []) {
      if (given === undefined) continue
      const { [name]: _left, ...rest } = members
      yield [`no ${name}`, rest]
    }
    for (const [name, member] of Object.entries(shape.members ?? {})) {
      for (const [what, value] of wrongValues(member, members[name])) {
        yield [`${name}: ${what}`, { ...members, [name]: value }]
      }
    }
  } else if (type === 'list') {
    const [first] = (given ?? []) as unknown[]
    yield ['a structure for a list', {}]
    if (max !== undefined) yield [`more than ${max}`, Array.from({ length: max + 1 }, () => first ?? 'a')]
    for (const [what, value] of wrongValues(shape.member ?? { type: 'string' }, first)) yield [what, [value]]
  } else if (type === 'map') {
    const { key = { type: 'string' }, value = { type: 'string' } } = shape
    yield ['a list for a map', ['a']]
    const many = Array.from({ length: (max ?? 0) + 1 }, (_, index) => [`k${index}`, 'v'] as const)
    if (max !== undefined) yield [`more than ${max}`, Object.fromEntries(many)]
    for (const [what, wrong] of wrongValues(key, 'a')) {
      if (typeof wrong === 'string') yield [`key: ${what}`, { [wrong]: 'v' }]
    }
    for (const [what, wrong] of wrongValues(value, 'a')) yield [`value: ${what}`, { k: wrong }]
  } else if (type === 'string') {
    yield ['a number for a text', 5]
    yield ['a structure for a text', {}]
    if (shape.enum) yield ['none of the enumeration', 'Other']
    if (min > 0) yield [`shorter than ${min}`, 'a'.repeat(min - 1)]
    if (max !== undefined) yield [`longer than ${max}`, 'a'.repeat(max + 1)]
  } else if (type === 'boolean') {
    yield ['a text for a boolean', 'true']
  } else {
    yield ['a text for a number', '1']
    if (type === 'integer') {
      yield ['a fraction', 1.5]
      yield ['more than 32 bits', 2 ** 31]
    }
    if (shape.min !== undefined) yield [`less than ${min}`, min - 1]
    if (max !== undefined) yield [`more than ${max}`, max + 1]
  }
}

const post = async (path: string, input: unknown) => {
  const response = await sandbox.post(path, JSON.stringify(input))
  return {
    status: response.status,
    type: response.headers.get('x-amzn-errortype'),
    text: await response.text(),
  }
}

test('the table has a request of each operation', () => {
  expect(Object.keys(REQUESTS).toSorted()).toEqual(Object.keys(operations).toSorted())
})

test.each(Object.entries(operations))('%s takes what the service model allows', async (name, { path }) => {
  const { status, text } = await post(path, REQUESTS[name])
  // Some name a group, rule or retrieval that does not exist.
  if (status !== 200)
    expect([status, text]).toEqual([expect.any(Number), expect.stringMatching(/not (found|exist)/)])
})

const OTHER_REASON = /not found|does not exist|already exists/

// A client that leaves out the number of kept requests is answered: see sampling-targets.ts.
const TAKEN = ['GetSamplingTargets, SamplingStatisticsDocuments: no SampledCount']

test.each(Object.entries(operations).filter(([, { input }]) => Object.keys(input.members ?? {}).length > 0))(
  '%s rejects what the service model does not allow',
  async (name, { path, input }) => {
    const taken: string[] = []
    // The body itself is checked before the model: xray/api.test.ts.
    const ofTheBody = ['a text for a structure', 'a list for a structure']
    let count = 0
    for (const [what, value] of wrongValues(input, REQUESTS[name])) {
      if (ofTheBody.includes(what)) continue
      count++
      const { status, type, text } = await post(path, value)
      // What is missing or there already has been looked up: the request was taken for valid.
      const isTaken = status !== 400 || type !== 'InvalidRequestException' || OTHER_REASON.test(text)
      if (isTaken) taken.push(`${name}, ${what}`)
    }
    expect(count).toBeGreaterThan(0)
    expect(taken).toEqual(TAKEN.filter((what) => what.startsWith(`${name},`)))
  },
)

const NOTIFIED = { InsightsEnabled: false, NotificationsEnabled: true }
const KEY = { SpansLogGroupKmsKeyId: 'arn:aws:kms:us-east-1:000000000000:key/1' }

// What AWS's documents say beyond the model.
test.each([
  ['/CreateGroup', { GroupName: 'c', InsightsConfiguration: NOTIFIED }, /InsightsEnabled/],
  ['/CreateGroup', { GroupName: 'c', Tags: [{ Key: 'aws:x', Value: '' }] }, /reserved/],
  ['/CreateGroup', { GroupName: 'c', Tags: [{ Key: 'a', Value: 'a*' }] }, /character/],
  ['/CreateSamplingRule', { SamplingRule: { ...RULE, RuleName: 'c', RuleARN: ARN, Version: 1 } }, /not both/],
  ['/DeleteSamplingRule', { RuleName: 'c', RuleARN: ARN }, /not both/],
  [
    '/UpdateTraceSegmentDestination',
    { Destination: 'XRay', CloudWatchLogsConfiguration: KEY },
    /Destination/,
  ],
  [
    '/UpdateTraceSegmentDestination',
    { Destination: 'CloudWatchLogs', CloudWatchLogsConfiguration: { SpansLogGroupKmsKeyId: 'alias/key' } },
    /ARN of a KMS key/,
  ],
])('%s rejects %j', async (path, input, message) => {
  const { status, type, text } = await post(path, input)
  expect([status, type, text]).toEqual([400, 'InvalidRequestException', expect.stringMatching(message)])
})

test('a key can only be specified when X-Ray creates the log group', async () => {
  const request = { Destination: 'CloudWatchLogs', CloudWatchLogsConfiguration: KEY }
  await post('/UpdateTraceSegmentDestination', { Destination: 'CloudWatchLogs' })
  expect(await post('/UpdateTraceSegmentDestination', request)).toMatchObject({
    status: 400,
    text: expect.stringMatching('aws/spans'),
  })
  expect(await post('/UpdateTraceSegmentDestination', { Destination: 'CloudWatchLogs' })).toMatchObject({
    status: 200,
  })
})
