import { afterAll, describe, expect, test } from 'vitest'
import { ProvidersRead } from '../../contracts/sandbox/health.ts'
import { sandboxForTest, segmentDocument, XRAY_TRACE_ID, xrayClientOf } from '../../tests/harness/sandbox.ts'
import { encodeProtobuf } from '../honeycomb/otlp-schema.ts'

const sandbox = await sandboxForTest()
const client = xrayClientOf(sandbox.url)
const throughDaemon = xrayClientOf(`http://127.0.0.1:${sandbox.daemon.tcp?.port}`)
afterAll(async () => {
  client.destroy()
  throughDaemon.destroy()
  await sandbox[Symbol.asyncDispose]()
})

const RULE = {
  RuleName: 'Cruddur',
  ResourceARN: '*',
  Priority: 9000,
  FixedRate: 0.1,
  ReservoirSize: 5,
  ServiceName: 'cruddur-backend*',
  ServiceType: '*',
  Host: '*',
  HTTPMethod: '*',
  URLPath: '*',
  Version: 1,
}

const expectInvalid = (call: Promise<unknown>, message: RegExp) =>
  expect(call).rejects.toMatchObject({
    name: 'InvalidRequestException',
    message: expect.stringMatching(message),
  })

describe('groups', () => {
  test('are created, changed, listed and deleted, at both ports', async () => {
    const filter = 'service("cruddur-backend") { fault OR error }'
    const { Group } = await client.createGroup({ GroupName: 'Cruddur', FilterExpression: filter })
    expect(Group).toMatchObject({ GroupName: 'Cruddur', FilterExpression: filter })
    await expectInvalid(client.createGroup({ GroupName: 'Cruddur' }), /already exist/)
    const changed = await throughDaemon.updateGroup({
      GroupARN: Group?.GroupARN,
      FilterExpression: 'fault',
      InsightsConfiguration: { InsightsEnabled: true },
    })
    expect(changed.Group).toMatchObject({
      FilterExpression: 'fault',
      InsightsConfiguration: { InsightsEnabled: true, NotificationsEnabled: false },
    })
    expect((await throughDaemon.getGroups({})).Groups).toHaveLength(1)

    const ResourceARN = Group?.GroupARN
    await client.tagResource({ ResourceARN, Tags: [{ Key: 'a', Value: '1' }] })
    await client.tagResource({ ResourceARN, Tags: [{ Key: 'b', Value: '2' }] })
    await client.untagResource({ ResourceARN, TagKeys: ['a'] })
    const { Tags } = await client.listTagsForResource({ ResourceARN })
    expect(Tags).toEqual([{ Key: 'b', Value: '2' }])
    await expect(client.listTagsForResource({ ResourceARN: 'arn:none' })).rejects.toEqual(
      expect.objectContaining({ name: 'ResourceNotFoundException' }),
    )

    await client.deleteGroup({ GroupName: 'Cruddur' })
    await expectInvalid(client.getGroup({ GroupName: 'Cruddur' }), /not found/)
  })

  test.each([
    ['a name with a space', { GroupName: 'no spaces' }, /1 to 32/],
    ['a filter that cannot be read', { GroupName: 'g', FilterExpression: 'fault AND' }, /position 9/],
  ])('%s is an error', async (_what, input, message) => {
    await expectInvalid(client.createGroup(input), message)
  })
})

describe('sampling', () => {
  test('the Default rule exists and cannot be deleted', async () => {
    const { SamplingRuleRecords: records } = await client.getSamplingRules({})
    expect(records?.at(-1)?.SamplingRule).toMatchObject({
      RuleName: 'Default',
      Priority: 10_000,
      FixedRate: 0.05,
      ReservoirSize: 1,
      Attributes: {},
    })
    await expectInvalid(client.deleteSamplingRule({ RuleName: 'Default' }), /cannot be deleted/)
    await expectInvalid(
      client.updateSamplingRule({ SamplingRuleUpdate: { RuleName: 'Default', Host: 'x' } }),
      /Invalid update request for default sampling rule/,
    )
    const update = { RuleName: 'Default', FixedRate: 0.5, Host: '*' }
    const { SamplingRuleRecord } = await client.updateSamplingRule({ SamplingRuleUpdate: update })
    expect(SamplingRuleRecord?.SamplingRule?.FixedRate).toBe(0.5)
  })

  test('a sampler that sends an empty body, as OpenTelemetry’s does, receives the rules', async () => {
    const response = await fetch(`http://127.0.0.1:${sandbox.daemon.tcp?.port}/GetSamplingRules`, {
      method: 'POST',
    })
    expect(await response.json()).toMatchObject({ SamplingRuleRecords: [{ SamplingRule: { Version: 1 } }] })
  })

  test('a rule is created once, changed and deleted', async () => {
    await client.createSamplingRule({ SamplingRule: RULE })
    await expectInvalid(client.createSamplingRule({ SamplingRule: RULE }), /exists/)
    const { SamplingRuleRecord: changed } = await client.updateSamplingRule({
      SamplingRuleUpdate: { RuleName: 'Cruddur', FixedRate: 1 },
    })
    expect(changed?.SamplingRule).toMatchObject({ FixedRate: 1, ReservoirSize: 5, Attributes: {} })
    await client.deleteSamplingRule({ RuleName: 'Cruddur' })
    await expectInvalid(client.deleteSamplingRule({ RuleName: 'Cruddur' }), /does not exist/)
  })

  test.each([
    ['priority', { Priority: 0 }],
    ['rate', { FixedRate: 2 }],
    ['version', { Version: 2 }],
    ['host', { Host: 'x'.repeat(65) }],
  ])('a rule’s %s is validated', async (_what, wrong) => {
    const SamplingRule = { ...RULE, RuleName: 'Wrong', ...wrong }
    await expectInvalid(client.createSamplingRule({ SamplingRule }), /./)
  })

  test('the reservoir is divided among reporting clients, and their reports add up', async () => {
    await client.createSamplingRule({ SamplingRule: { ...RULE, RuleName: 'Divided' } })
    const report = async (letter: string, RuleName = 'Divided', RequestCount = 10) =>
      throughDaemon.getSamplingTargets({
        SamplingStatisticsDocuments: [
          {
            RuleName,
            ClientID: letter.repeat(24),
            Timestamp: new Date(),
            RequestCount,
            SampledCount: RequestCount && 4,
            BorrowCount: RequestCount && 1,
          },
        ],
      })
    const alone = await report('a')
    const [target] = alone.SamplingTargetDocuments ?? []
    expect(target).toMatchObject({ FixedRate: 0.1, ReservoirQuota: 5, Interval: 10 })
    expect(target?.ReservoirQuotaTTL?.getTime()).toBeGreaterThan(Date.now())
    expect(alone.LastRuleModification?.getTime()).toBeLessThanOrEqual(Date.now())
    const quotas = [await report('b'), await report('a')].map(
      (answer) => answer.SamplingTargetDocuments?.[0]?.ReservoirQuota,
    )
    expect(quotas).toEqual([2, 3])
    const [idle] = (await report('c', 'Divided', 0)).SamplingTargetDocuments ?? []
    expect(idle?.ReservoirQuota, 'a client that has just started').toBe(5)
    expect((await report('a', 'Unknown')).UnprocessedStatistics).toMatchObject([{ RuleName: 'Unknown' }])

    const { SamplingStatisticSummaries } = await client.getSamplingStatisticSummaries({})
    const ours = (SamplingStatisticSummaries ?? []).filter(({ RuleName }) => RuleName === 'Divided')
    const sum = (field: 'RequestCount' | 'SampledCount' | 'BorrowCount') =>
      ours.reduce((total, summary) => total + (summary[field] ?? 0), 0)
    expect([sum('RequestCount'), sum('SampledCount'), sum('BorrowCount')]).toEqual([30, 12, 3])
    await expectInvalid(report('short-by-some'.slice(0, 1), ''), /RuleName/)
  })

  test('a report without the number of kept requests is answered, counts none, and is named', async () => {
    await client.createSamplingRule({ SamplingRule: { ...RULE, RuleName: 'Misnamed', Priority: 8000 } })
    const document = { RuleName: 'Misnamed', ClientID: 'a'.repeat(24), Timestamp: 1, RequestCount: 7 }
    const report = (documents: readonly object[], userAgent: string) =>
      fetch(`http://127.0.0.1:${sandbox.daemon.tcp?.port}/SamplingTargets`, {
        method: 'POST',
        headers: { 'user-agent': userAgent },
        // What AWS's distribution of OpenTelemetry for Python sends.
        body: JSON.stringify({
          SamplingStatisticsDocuments: documents,
          SamplingBoostStatisticsDocuments: null,
        }),
      })
    const response = await report([{ ...document, SampleCount: 3, BorrowCount: 0 }], 'python-requests/2.34')
    expect([response.status, await response.json()]).toMatchObject([
      200,
      {
        SamplingTargetDocuments: [{ RuleName: 'Misnamed', ReservoirQuota: 5 }],
        UnprocessedBoostStatistics: [],
      },
    ])
    await report([{ ...document, SampleCount: 3 }], 'python-requests/2.34')
    await report([document], 'curl/8')
    const view = ProvidersRead.parse(await (await sandbox.ask('/sandbox/providers')).json())
    expect(
      view.clientMistakes.map(({ client: name, missing, sent, count }) => [name, missing, sent, count]),
    ).toEqual([
      ['curl/8', 'SampledCount', null, 1],
      [
        'AWS’s OpenTelemetry distribution for Python (python-requests/2.34)',
        'SampledCount',
        'SampleCount',
        2,
      ],
    ])
    expect(view.rules).toContainEqual(expect.objectContaining({ name: 'Misnamed', requests: 21, sampled: 0 }))
    expect((await report([{ ...document, SampledCount: 'three' }], 'curl/8')).status).toBe(400)
    expect(
      ProvidersRead.parse(await (await sandbox.ask('/sandbox/providers')).json()).httpErrors,
    ).toContainEqual(expect.objectContaining({ provider: 'xray', path: '/SamplingTargets', status: 400 }))
  })

  test('an account has at most 25 custom rules', async () => {
    const create = (index: number) =>
      client.createSamplingRule({ SamplingRule: { ...RULE, RuleName: `Limit${index}` } })
    const outcomes = await Promise.allSettled(Array.from({ length: 30 }, (_, index) => create(index)))
    const rejected = outcomes.filter((outcome) => outcome.status === 'rejected')
    expect(rejected.length).toBeGreaterThanOrEqual(5)
    expect(rejected[0]?.reason).toMatchObject({ name: 'RuleLimitExceededException' })
    const { SamplingRuleRecords } = await client.getSamplingRules({})
    expect(SamplingRuleRecords).toHaveLength(26)
  })
})

describe('segments and traces', () => {
  const put = (...TraceSegmentDocuments: string[]) => client.putTraceSegments({ TraceSegmentDocuments })

  test('a document is returned to the byte, and a finished one replaces the one in progress', async () => {
    await put(segmentDocument({ end_time: undefined, in_progress: true }))
    const finished = `${segmentDocument()}  `
    await put(finished)
    await put(segmentDocument({ end_time: undefined, in_progress: true }))
    const { Traces, UnprocessedTraceIds } = await throughDaemon.batchGetTraces({
      TraceIds: [XRAY_TRACE_ID, `1-00000001-${'0'.repeat(24)}`, 'nonsense'],
    })
    expect(UnprocessedTraceIds).toEqual(['nonsense'])
    expect(Traces).toEqual([
      {
        Id: XRAY_TRACE_ID,
        Duration: 0.1,
        LimitExceeded: false,
        Segments: [{ Id: '53995c3f42cd8ad8', Document: finished }],
      },
    ])
  })

  test('invalid documents are returned with a code, valid ones stored', async () => {
    const { UnprocessedTraceSegments: rejected } = await put(
      segmentDocument({ id: 'aaaaaaaaaaaaaaaa' }),
      segmentDocument({ id: undefined }),
      segmentDocument({ trace_id: '1-2-3' }),
      segmentDocument({ name: '<script>' }),
      segmentDocument({ end_time: undefined }),
      segmentDocument({ type: 'subsegment' }),
      '{"name":',
      '[]',
      JSON.stringify({ padding: 'x'.repeat(70_000) }),
    )
    expect(rejected?.map(({ ErrorCode }) => ErrorCode)).toEqual([
      'MissingId',
      'InvalidTraceId',
      'InvalidName',
      'MissingEndTime',
      'MissingParentId',
      'ParseError',
      'ParseError',
      'SegmentTooLarge',
    ])
    await expectInvalid(put(...Array.from({ length: 51 }, () => '{}')), /Exceeding maximum segment count: 50/)
  })

  test('documents older than X-Ray keeps traces, or of the future, are stored and counted', async () => {
    const now = Date.now() / 1000
    const before = (await sandbox.counts()).xray.outsideRetention
    const at = (start: number, id: string) =>
      segmentDocument({
        id: id.repeat(16),
        trace_id: `1-6921f3a1-${'1'.repeat(24)}`,
        start_time: start,
        end_time: start + 1,
      })
    const day = 24 * 3_600
    const { UnprocessedTraceSegments } = await put(
      ...[now - 31 * day, now - 29 * day, now + 3_600, now + 3 * 3_600].map((start, index) =>
        at(start, `${index}`),
      ),
    )
    expect(UnprocessedTraceSegments).toEqual([])
    expect((await sandbox.counts()).xray.outsideRetention).toBe(before + 2)
  })

  test('spans in place of a document, as AWS Lambda’s exporters send them, become segments', async () => {
    const spans = (fields: object) => {
      const ids = { traceId: Buffer.alloc(16, 0xab), spanId: Buffer.alloc(8, 0xcd) }
      const times = { startTimeUnixNano: '1763800000123456789', endTimeUnixNano: '1763800000223456789' }
      const span = { name: 'GET /', kind: 2, ...ids, ...times, ...fields }
      const request = { resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] }
      return Buffer.from(encodeProtobuf('ExportTraceServiceRequest', request)).toString('base64')
    }
    const { UnprocessedTraceSegments } = await put(
      `T1S${spans({})}`,
      `T1U${spans({ spanId: Buffer.alloc(8, 0xef) })}`,
      'T1SAAAA',
    )
    expect(UnprocessedTraceSegments?.map(({ ErrorCode }) => ErrorCode)).toEqual(['ParseError'])
    const { xray } = await sandbox.trace('ab'.repeat(16))
    expect(xray.segments.map(({ id }) => id)).toEqual(['cd'.repeat(8)])
  })

  describe('of many levels', () => {
    const trace = (number: number) => `1-6921f3a0-${number.toString(16).padStart(24, '0')}`
    const id = (level: number) => level.toString(16).padStart(16, '0')
    /** A segment with so many levels of subsegments. */
    const nested = (traceId: string, levels: number) => {
      const head = segmentDocument({ trace_id: traceId, id: id(0) }).slice(0, -1)
      const below = Array.from(
        { length: levels },
        (_, i) => `,"subsegments":[{"id":"${id(i + 1)}","name":"x"`,
      )
      return `${head}${below.join('')}${'}]'.repeat(levels)}}`
    }

    test('a document may have 499 levels of subsegments, and is returned as it is', async () => {
      const document = nested(trace(1), 499)
      expect((await put(document)).UnprocessedTraceSegments).toEqual([])
      const { Traces } = await client.batchGetTraces({ TraceIds: [trace(1)] })
      expect(Traces?.[0]?.Segments).toEqual([{ Id: id(0), Document: document }])
      expect((await sandbox.trace(trace(1))).xray.segments).toHaveLength(1)
      const { Services } = await client.getTraceGraph({ TraceIds: [trace(1)] })
      expect(Services).toHaveLength(2)
    })

    test('a deeper one is rejected, and counted', async () => {
      const { dropped } = (await sandbox.counts()).xray
      const { UnprocessedTraceSegments } = await put(nested(trace(2), 500), nested(trace(2), 1_100))
      expect(UnprocessedTraceSegments).toEqual(
        Array(2).fill({
          Id: id(0),
          ErrorCode: 'SegmentTooDeep',
          Message: 'Segment document is nested deeper than 1000 levels.',
        }),
      )
      expect((await sandbox.counts()).xray).toMatchObject({ dropped: dropped + 2 })
    })

    test('brackets in texts are no levels', async () => {
      const metadata = { text: `${'[{"\\'.repeat(2_000)}` }
      const { UnprocessedTraceSegments } = await put(segmentDocument({ trace_id: trace(3), metadata }))
      expect(UnprocessedTraceSegments).toEqual([])
    })

    test('a chain of 3,000 subsegments that came one by one is returned in documents of a hundred levels', async () => {
      const chain = Array.from({ length: 3_000 }, (_, i) =>
        segmentDocument({
          trace_id: trace(4),
          id: id(i),
          name: `level ${i}`,
          ...(i > 0 && { type: 'subsegment', parent_id: id(i - 1), namespace: 'remote' }),
        }),
      )
      for (let i = 0; i < chain.length; i += 50) await put(...chain.slice(i, i + 50))
      const { Traces } = await client.batchGetTraces({ TraceIds: [trace(4)] })
      expect(Traces?.[0]?.Segments).toHaveLength(30)
      expect((await client.getTraceGraph({ TraceIds: [trace(4)] })).Services?.length).toBeGreaterThan(2_999)
      const lenses = (await (await sandbox.ask(`/sandbox/traces/${trace(4)}/lenses`)).json()) as {
        segments: unknown[]
      }
      expect(lenses.segments).toHaveLength(3_000)
    })
  })

  test('summaries are found by time and filter, page by page', async () => {
    const now = Math.floor(Date.now() / 1000)
    const documents = Array.from({ length: 520 }, (_, index) =>
      segmentDocument({
        trace_id: `1-${now.toString(16)}-${index.toString(16).padStart(24, '0')}`,
        start_time: now - index / 1000,
        end_time: now + 1,
        ...(index === 519
          ? {
              fault: true,
              annotations: { service_name: 'Cruddur' },
              user: 'andrew',
              resource_arn: 'arn:aws:ecs:us-east-1:000000000000:task/a',
              aws: { ec2: { availability_zone: 'us-east-1a', instance_id: 'i-0b5a' } },
              http: { request: { url: 'http://x/', method: 'GET' }, response: { status: 500 } },
            }
          : {}),
      }),
    )
    while (documents.length > 0) await put(...documents.splice(0, 50))
    const range = { StartTime: new Date((now - 60) * 1000), EndTime: new Date((now + 60) * 1000) }
    const ask = (FilterExpression?: string, NextToken?: string) =>
      client.getTraceSummaries({ ...range, FilterExpression, NextToken })
    const first = await ask()
    expect([first.TraceSummaries?.length, first.TracesProcessedCount]).toEqual([500, 500])
    const second = await ask(undefined, first.NextToken)
    expect([second.TraceSummaries?.length, second.NextToken]).toEqual([20, undefined])
    const ids = [...(first.TraceSummaries ?? []), ...(second.TraceSummaries ?? [])].map(({ Id }) => Id)
    expect(new Set(ids).size).toBe(520)

    const filter = 'annotation.service_name = "Cruddur" AND (fault OR error)'
    const found = await ask(filter, (await ask(filter)).NextToken)
    expect(found.TraceSummaries).toMatchObject([
      {
        HasFault: true,
        HasError: false,
        HasThrottle: false,
        Http: { HttpURL: 'http://x/', HttpStatus: 500, HttpMethod: 'GET' },
        Annotations: { service_name: [{ AnnotationValue: { StringValue: 'Cruddur' } }] },
        ResourceARNs: [{ ARN: 'arn:aws:ecs:us-east-1:000000000000:task/a' }],
        InstanceIds: [{ Id: 'i-0b5a' }],
        AvailabilityZones: [{ Name: 'us-east-1a' }],
        FaultRootCauses: [
          {
            ClientImpacting: true,
            Services: [
              { Name: 'cruddur-backend', Inferred: false, EntityPath: [{ Name: 'cruddur-backend' }] },
            ],
          },
        ],
        ErrorRootCauses: [],
        ResponseTimeRootCauses: [{ Services: [{ EntityPath: [{ Coverage: 1 }] }] }],
        Users: [{ UserName: 'andrew' }],
        ServiceIds: [{ Name: 'cruddur-backend' }],
      },
    ])
    expect(found.ApproximateTime).toBeInstanceOf(Date)
    await expectInvalid(ask('fault AND ('), /position 11/)
    await expectInvalid(ask(undefined, 'nonsense'), /NextToken/)
  })
})

test('service() finds handled errors of called services, and so does a group with it', async () => {
  const trace_id = `1-00001000-${'a'.repeat(24)}`
  const times = { trace_id, start_time: 4096, end_time: 4097 }
  await client.putTraceSegments({
    TraceSegmentDocuments: [
      segmentDocument({ ...times, name: 'web', http: { response: { status: 200 } } }),
      segmentDocument({
        ...times,
        id: 'bbbbbbbbbbbbbbbb',
        parent_id: '53995c3f42cd8ad8',
        fault: true,
        http: { response: { status: 500 } },
      }),
    ],
  })
  const Broken = 'service("cruddur-backend") { fault OR error }'
  await client.createGroup({ GroupName: 'Broken', FilterExpression: Broken })
  await client.createGroup({ GroupName: 'All' })
  const range = { StartTime: new Date(4_000_000), EndTime: new Date(4_200_000) }
  const ask = async (FilterExpression: string) =>
    (await client.getTraceSummaries({ ...range, FilterExpression })).TraceSummaries ?? []
  expect(await ask('ok')).toMatchObject([{ HasFault: false, HasError: false, Http: { HttpStatus: 200 } }])
  for (const filter of [Broken, 'group.name = "Broken"', 'group.name = "All"', 'group.name = "Default"']) {
    expect(await ask(filter), filter).toHaveLength(1)
  }
  for (const filter of ['fault', 'http.status = 500', 'group.name != "All"', 'group.name = "None"']) {
    expect(await ask(filter), filter).toEqual([])
  }
  await expectInvalid(client.createGroup({ GroupName: 'Default' }), /already exists/)
})

test('unknown operations and invalid JSON are errors as at AWS', async () => {
  const range = { StartTime: new Date(0), EndTime: new Date(1) }
  for (const each of [client, throughDaemon]) {
    await expect(each.getInsightSummaries(range)).rejects.toMatchObject({
      name: 'UnknownOperationException',
    })
  }
  for (const body of ['{', '[]', '"x"', 'null']) {
    const response = await sandbox.post('/Traces', body)
    expect(response.status).toBe(400)
    expect(response.headers.get('x-amzn-errortype')).toBe('InvalidRequestException')
    expect(response.headers.get('x-amzn-requestid')).toMatch(/./)
  }
})
const STATISTICS = {
  RuleName: 'Default',
  ClientID: 'a'.repeat(24),
  Timestamp: 1,
  RequestCount: 1,
  SampledCount: 1,
}
const BOOST = { RuleName: 'a', ServiceName: 'a', Timestamp: 1, AnomalyCount: 1, TotalCount: 1 }
const ATTRIBUTES = Object.fromEntries(Array.from({ length: 6 }, (_, index) => [`a${index}`, 'x']))
const long = (length: number) => 'x'.repeat(length)

// What AWS's own service model does not allow; its clients check some of it themselves, so that it is posted here.
test.each([
  ['/TraceSummaries', { StartTime: 1, EndTime: 2, SamplingStrategy: { Name: 'Some' } }],
  ['/TraceSummaries', { StartTime: 1, EndTime: 2, NextToken: 'made-up' }],
  ['/CreateSamplingRule', { SamplingRule: { ...RULE, RuleName: 'Wrong', Attributes: ATTRIBUTES } }],
  ['/SamplingTargets', { SamplingStatisticsDocuments: [{ ...STATISTICS, RuleName: long(33) }] }],
  ['/SamplingTargets', { SamplingStatisticsDocuments: [], SamplingBoostStatisticsDocuments: [BOOST] }],
  ['/TelemetryRecords', { TelemetryRecords: [{}] }],
  ['/TelemetryRecords', { TelemetryRecords: [{ Timestamp: 1 }], Hostname: long(256) }],
  ['/TelemetryRecords', { TelemetryRecords: [{ Timestamp: 1 }], EC2InstanceId: long(21) }],
  ['/TagResource', { ResourceARN: 'a', Tags: Array.from({ length: 201 }, () => ({ Key: 'a', Value: '' })) }],
  ['/UntagResource', { ResourceARN: 'a', TagKeys: [''] }],
  ['/UntagResource', { ResourceARN: 'a', TagKeys: [long(129)] }],
  ['/Groups', { NextToken: 'made-up' }],
  ['/GetSamplingRules', { NextToken: 'made-up' }],
  ['/SamplingStatisticSummaries', { NextToken: 'made-up' }],
  ['/GetIndexingRules', { NextToken: 'made-up' }],
  ['/Traces', { TraceIds: [XRAY_TRACE_ID], NextToken: 'made-up' }],
])('%s rejects %j', async (path, input) => {
  const response = await sandbox.post(path, JSON.stringify(input))
  expect([response.status, response.headers.get('x-amzn-errortype')]).toEqual([
    400,
    'InvalidRequestException',
  ])
})
