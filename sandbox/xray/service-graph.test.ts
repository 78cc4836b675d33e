import type { Service } from '@aws-sdk/client-xray'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sandboxForTest, xrayClientOf } from '../../tests/harness/sandbox.ts'

const START_S = 1_763_800_000
const IDS = ['1-69200000-000000000000000000000001', '1-69200000-000000000000000000000002'] as const
const RANGE = { StartTime: new Date((START_S - 60) * 1_000), EndTime: new Date((START_S + 60) * 1_000) }

const sandbox = await sandboxForTest()
const client = xrayClientOf(sandbox.url)

beforeAll(async () => {
  await client.putTraceSegments({
    TraceSegmentDocuments: [...request(IDS[0], {}), ...request(IDS[1], { fault: true })].map((document) =>
      JSON.stringify(document),
    ),
  })
})

afterAll(async () => {
  client.destroy()
  await sandbox[Symbol.asyncDispose]()
})

/** The api asks profiles, a database and DynamoDB; how its own request ended is given. */
function request(traceId: string, end: Record<string, unknown>) {
  const part = (
    id: string,
    name: string,
    fromMs: number,
    toMs: number,
    more: Record<string, unknown> = {},
  ) => ({
    id: id.padStart(16, '0'),
    name,
    start_time: START_S + fromMs / 1_000,
    end_time: START_S + toMs / 1_000,
    ...more,
  })
  return [
    part('1', 'api', 0, 100, {
      trace_id: traceId,
      origin: 'AWS::EC2::Instance',
      ...end,
      subsegments: [
        part('2', 'work', 5, 90, {
          // As the X-Ray SDK for Python says of work that the service does itself.
          namespace: 'local',
          subsegments: [
            part('3', 'profiles.example', 10, 40, { namespace: 'remote', http: {} }),
            part('4', 'cruddur@db.example', 41, 51, {
              namespace: 'remote',
              sql: { database_type: 'postgresql' },
            }),
          ],
        }),
        part('5', 'DynamoDB', 52, 54, { namespace: 'aws', error: true, throttle: true }),
      ],
    }),
    part('6', 'profiles', 15, 35, { trace_id: traceId, parent_id: '3'.padStart(16, '0') }),
  ]
}

/** The calls between nodes, by name and type, with their number. */
function lines(services: readonly Service[] = []): string[] {
  const name = (service: Service | undefined) => `${service?.Name} (${service?.Type ?? 'no type'})`
  return services.flatMap((from) =>
    (from.Edges ?? []).map(({ ReferenceId, SummaryStatistics }) => {
      const to = services.find((service) => service.ReferenceId === ReferenceId)
      return `${name(from)} → ${name(to)} × ${SummaryStatistics?.TotalCount}`
    }),
  )
}

describe('the service graph', () => {
  test('of one trace has a client, the services, and what they call', async () => {
    const { Services } = await client.getTraceGraph({ TraceIds: [IDS[0]] })
    expect(lines(Services).toSorted()).toEqual([
      'api (AWS::EC2::Instance) → DynamoDB (AWS::DynamoDB) × 1',
      'api (AWS::EC2::Instance) → cruddur@db.example (Database::SQL) × 1',
      'api (AWS::EC2::Instance) → profiles (no type) × 1',
      'api (client) → api (AWS::EC2::Instance) × 1',
    ])
  })

  test('of a range has the number of calls, their durations and outcomes', async () => {
    const graph = await client.getServiceGraph(RANGE)
    expect(graph).toMatchObject({ ...RANGE, ContainsOldGroupVersions: false })
    const named = (name: string, type?: string) =>
      graph.Services?.find((service) => service.Name === name && service.Type === type)
    const api = named('api', 'AWS::EC2::Instance')
    expect(api).toMatchObject({
      Names: ['api'],
      Root: true,
      State: 'active',
      StartTime: new Date(START_S * 1_000),
      EndTime: new Date(START_S * 1_000 + 100),
      SummaryStatistics: {
        OkCount: 1,
        ErrorStatistics: { ThrottleCount: 0, OtherCount: 0, TotalCount: 0 },
        FaultStatistics: { OtherCount: 1, TotalCount: 1 },
        TotalCount: 2,
        TotalResponseTime: expect.closeTo(0.2, 3),
      },
      DurationHistogram: [{ Value: 0.1, Count: 2 }],
    })
    const profiles = named('profiles')
    expect(profiles).toMatchObject({ State: 'active', SummaryStatistics: { OkCount: 2 } })
    expect(profiles?.Root).toBeUndefined()
    // The call as the caller saw it takes longer than the callee says.
    const call = api?.Edges?.find(({ ReferenceId }) => ReferenceId === profiles?.ReferenceId)
    expect(call).toMatchObject({ ResponseTimeHistogram: [{ Value: 0.03, Count: 2 }], Aliases: [] })
    expect(named('DynamoDB', 'AWS::DynamoDB')).toMatchObject({
      State: 'unknown',
      Edges: [],
      SummaryStatistics: { ErrorStatistics: { ThrottleCount: 2, OtherCount: 0, TotalCount: 2 } },
    })
    const asked = named('api', 'client')
    expect(asked).toMatchObject({ State: 'unknown', Edges: [{ ReferenceId: api?.ReferenceId }] })
    expect(asked?.SummaryStatistics).toBeUndefined()
  })

  test('of a group has only traces that match its filter', async () => {
    await client.createGroup({ GroupName: 'failing', FilterExpression: 'fault' })
    const { Services } = await client.getServiceGraph({ ...RANGE, GroupName: 'failing' })
    expect(lines(Services)).toContain('api (client) → api (AWS::EC2::Instance) × 1')
    const all = await client.getServiceGraph({ ...RANGE, GroupName: 'Default' })
    expect(lines(all.Services)).toContain('api (client) → api (AWS::EC2::Instance) × 2')
  })

  test.each([
    ['a group that is not there', { ...RANGE, GroupName: 'none' }, /none not found/],
    ['an end before the beginning', { StartTime: RANGE.EndTime, EndTime: RANGE.StartTime }, /after EndTime/],
    ['more than six hours', { StartTime: new Date(0), EndTime: new Date(7 * 3_600_000) }, /6 hours/],
  ])('%s is an error', async (_what, input, message) => {
    await expect(client.getServiceGraph(input)).rejects.toMatchObject({
      name: 'InvalidRequestException',
      message: expect.stringMatching(message),
    })
  })

  test('of unknown traces is empty', async () => {
    const TraceIds = ['1-69200000-00000000000000000000dead', 'nonsense']
    expect((await client.getTraceGraph({ TraceIds })).Services).toEqual([])
  })
})
