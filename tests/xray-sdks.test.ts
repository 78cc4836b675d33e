import type { XRay } from '@aws-sdk/client-xray'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { formatHostPort } from '../contracts/daemon-address.ts'
import { ProvidersRead } from '../contracts/sandbox/health.ts'
import { type Built, buildGo, buildJava } from './harness/built-program.ts'
import { findModules, PYTHON } from './harness/python.ts'
import { run } from './harness/run.ts'
import { type SandboxForTest, sandboxForTest, xrayClientOf } from './harness/sandbox.ts'
import { IS_LONG } from './harness/scale.ts'
import { eventually } from './harness/wait-for.ts'

/** How long an SDK stays after its request, s: all report what they have sampled every ten seconds. */
const STAY_S = IS_LONG ? 12 : 0

interface Client {
  readonly kind: string
  readonly command?: (sandbox: SandboxForTest) => readonly [file: string, ...args: string[]]
}

const python = findModules('amazon.opentelemetry.distro', 'botocore')
const pythonClient: Client = {
  kind: python.kind,
  ...(python.isThere && {
    command: ({ url, daemon: { udp, tcp } }) => [
      PYTHON,
      'tests/fixtures/xray_distro.py',
      udp ? formatHostPort(udp) : '',
      `http://${tcp ? formatHostPort(tcp) : ''}`,
      `${url}/v1/traces`,
    ],
  }),
}
const goClient = clientOf(await buildGo('tests/fixtures/xray-go'))
const javaClient = clientOf(await buildJava('tests/fixtures/xray-java', 'Judge.java'))

function clientOf({ kind, command }: Built): Client {
  return { kind, ...(command && { command: () => command }) }
}

const Seen = z.object({ kept: z.union([z.string(), z.array(z.string())]), never: z.number() })

/** What a client sends at a sandbox with rules that keep all of its services `…-always` and `…-judge`, and none of `…-never`. */
async function judge(client: Client, language: string) {
  const sandbox = await sandboxForTest()
  const xray = xrayClientOf(sandbox.url)
  const any = { ServiceType: '*', Host: '*', HTTPMethod: '*', URLPath: '*', ResourceARN: '*', Version: 1 }
  const ofService = (RuleName: string, FixedRate: number) => ({
    SamplingRule: {
      ...any,
      RuleName,
      ServiceName: `${language}-${RuleName}`,
      Priority: 1,
      FixedRate,
      ReservoirSize: 0,
    },
  })
  await xray.createSamplingRule(ofService('never', 0))
  await xray.createSamplingRule(ofService('always', 1))
  await xray.createSamplingRule(ofService('judge', 1))
  await xray.updateTraceSegmentDestination({ Destination: 'CloudWatchLogs' })
  await xray.updateIndexingRule({
    Name: 'Default',
    Rule: { Probabilistic: { DesiredSamplingPercentage: 100 } },
  })
  const { udp, tcp } = sandbox.daemon
  const daemon = `tcp:${tcp ? formatHostPort(tcp) : ''} udp:${udp ? formatHostPort(udp) : ''}`
  const [file, ...args] = client.command?.(sandbox) ?? ['']
  const { code, stdout, stderr } = await run(file, [...args, String(STAY_S)], {
    env: {
      PATH: process.env.PATH ?? '',
      HOME: process.env.HOME ?? '',
      AWS_XRAY_DAEMON_ADDRESS: daemon,
      ...{ AWS_ACCESS_KEY_ID: 'any', AWS_SECRET_ACCESS_KEY: 'any', AWS_REGION: 'us-east-1' },
    },
  })
  expect(code, stderr).toBe(0)
  // Go's SDK logs to the same output.
  const line = stdout.split('\n').find((text) => text.startsWith('{')) ?? ''
  const { kept, never } = Seen.parse(JSON.parse(line))
  return { sandbox, xray, traces: [kept].flat(), never }
}

/** The documents of a trace, as AWS's client reads them. */
async function documentsOf(xray: XRay, traceId: string): Promise<Record<string, unknown>[]> {
  const id = traceId.includes('-') ? traceId : `1-${traceId.slice(0, 8)}-${traceId.slice(8)}`
  const { Traces } = await eventually(
    () => xray.batchGetTraces({ TraceIds: [id] }),
    (answer) => (answer.Traces?.[0]?.Segments?.length ?? 0) > 0,
  )
  return (Traces?.[0]?.Segments ?? []).map(({ Document = '' }) => JSON.parse(Document))
}

const SDKS = [
  { name: `Go (${goClient.kind})`, language: 'go', client: goClient, call: '127.0.0.1' },
  { name: `Java (${javaClient.kind})`, language: 'java', client: javaClient, call: 'stock' },
]

describe.each(SDKS)('AWS’s X-Ray SDK for $name', ({ language, client, call }) => {
  describe.runIf(client.command)('at the sandbox', () => {
    let seen: Awaited<ReturnType<typeof judge>>
    beforeAll(async () => {
      seen = await judge(client, language)
    }, 90_000)
    afterAll(async () => {
      seen.xray.destroy()
      await seen.sandbox[Symbol.asyncDispose]()
    })

    test('the SDK follows the rules that it read at the daemon’s TCP port', () => {
      expect(seen.never).toBe(0)
    })

    test('the segment has what the SDK recorded', async () => {
      const [document] = await documentsOf(seen.xray, seen.traces[0] ?? '')
      expect(document).toMatchObject({
        name: `${language}-judge`,
        fault: true,
        user: 'maya',
        http: { request: { method: 'GET' }, response: { status: 500 } },
        subsegments: [
          {
            name: 'look up',
            annotations: { plan: 'pro' },
            metadata: { default: { note: expect.stringMatching(/^from /) } },
            cause: { exceptions: [{ message: expect.stringContaining('no stock') }] },
            subsegments: [{ namespace: 'remote', http: { response: { status: 503 } } }],
          },
        ],
      })
      const now = Date.now()
      const { TraceSummaries } = await seen.xray.getTraceSummaries({
        StartTime: new Date(now - 600_000),
        EndTime: new Date(now + 600_000),
        FilterExpression: `rootcause.fault.service { last and inferred and name CONTAINS "${call}" } AND user`,
      })
      expect(TraceSummaries?.map(({ HasFault }) => HasFault)).toEqual([true])
    })

    test.runIf(IS_LONG)('the SDK reports what it has sampled', async () => {
      const { SamplingStatisticSummaries = [] } = await seen.xray.getSamplingStatisticSummaries({})
      expect(SamplingStatisticSummaries).toContainEqual(
        expect.objectContaining({ RuleName: 'judge', RequestCount: 1, SampledCount: 1 }),
      )
    })
  })
})

describe.runIf(pythonClient.command)(`AWS’s OpenTelemetry for Python (${pythonClient.kind})`, () => {
  let seen: Awaited<ReturnType<typeof judge>>
  beforeAll(async () => {
    seen = await judge(pythonClient, 'python')
  }, 60_000)
  afterAll(async () => {
    seen.xray.destroy()
    await seen.sandbox[Symbol.asyncDispose]()
  })

  test.each([
    ['the daemon’s UDP port', 0],
    ['X-Ray’s OTLP endpoint', 1],
  ])('spans arrive at %s as a segment and its subsegment', async (_way, index) => {
    expect(seen.never).toBe(0)
    const [document] = await documentsOf(seen.xray, seen.traces[index] ?? '')
    expect(document).toMatchObject({
      name: 'python-judge',
      fault: true,
      http: { request: { method: 'GET' }, response: { status: 500 } },
      subsegments: [
        {
          name: 'look up',
          metadata: { default: { plan: 'pro' } },
          cause: { exceptions: [{ type: 'ValueError', message: 'no stock' }] },
        },
      ],
    })
  })

  test.runIf(IS_LONG)('its reports are answered, and the Providers page names what they lack', async () => {
    const view = ProvidersRead.parse(await (await seen.sandbox.ask('/sandbox/providers')).json())
    expect(view.clientMistakes).toMatchObject([
      {
        client: expect.stringMatching(/^AWS’s OpenTelemetry distribution for Python \(python-requests/),
        operation: 'GetSamplingTargets',
        missing: 'SampledCount',
        sent: 'SampleCount',
      },
    ])
    expect(view.rules).toContainEqual(
      expect.objectContaining({ name: 'judge', requests: expect.any(Number), sampled: 0 }),
    )
  })
})
