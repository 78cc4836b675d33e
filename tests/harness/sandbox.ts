import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type SamplingRule, XRay } from '@aws-sdk/client-xray'
import { expect } from 'vitest'
import { SandboxHealth } from '../../contracts/sandbox/health.ts'
import { SandboxTrace } from '../../contracts/sandbox/trace.ts'
import { type Sandbox, type SandboxOptions, startSandbox } from '../../sandbox/start-sandbox.ts'

export interface SandboxForTest extends Sandbox, AsyncDisposable {
  readonly dataFile: string
  /** Exceptions that became a 500. The test fails at the end of the sandbox if there are any. */
  readonly internalErrors: readonly unknown[]
  /** `fetch` on the sandbox's own URL. */
  ask(path: string, init?: RequestInit): Promise<Response>
  /** `GET /sandbox/traces/<id>`, with its status. */
  trace(id: string): Promise<SandboxTrace & { status: number }>
  /** The counters of `/health`. */
  counts(): Promise<SandboxHealth['providers']>
  post(
    path: string,
    body: string | Uint8Array<ArrayBuffer>,
    headers?: Record<string, string>,
  ): Promise<Response>
  /** Sends one span to Honeycomb's receiver, as OTLP/JSON. */
  postSpan(span?: Record<string, unknown>, service?: string): Promise<Response>
  /** Sends segment documents with PutTraceSegments. */
  putSegments(...documents: readonly string[]): Promise<Response>
}

const ANY_PORT = { host: '127.0.0.1', port: 0 }

/** Starts a sandbox in this process, on free ports, with a temporary folder. */
export async function sandboxForTest(options: Partial<SandboxOptions> = {}): Promise<SandboxForTest> {
  const folder = await mkdtemp(join(tmpdir(), 'sandbox-'))
  const dataFile = join(folder, 'data', 'sandbox.sqlite')
  const internalErrors: unknown[] = []
  const sandbox = await startSandbox({
    ...ANY_PORT,
    allowedHosts: [],
    dataFile,
    viewerFolder: join(folder, 'no-viewer'),
    region: 'us-east-1',
    daemon: { udp: ANY_PORT, tcp: ANY_PORT },
    onInternalError: (error) => internalErrors.push(error),
    ...options,
  })
  const ask = (path: string, init?: RequestInit) => fetch(new URL(path, sandbox.url), init)
  const post: SandboxForTest['post'] = (path, body, headers = {}) =>
    ask(path, { method: 'POST', body, headers })
  return {
    ...sandbox,
    dataFile,
    internalErrors,
    ask,
    async trace(id) {
      const response = await ask(`/sandbox/traces/${id}`)
      return { ...SandboxTrace.parse(await response.json()), status: response.status }
    },
    counts: async () => SandboxHealth.parse(await (await ask('/health')).json()).providers,
    post,
    postSpan: (span, service) => post('/v1/traces', otlpJson(span, service), OTLP_JSON),
    putSegments: (...documents) =>
      post('/TraceSegments', JSON.stringify({ TraceSegmentDocuments: documents })),
    async [Symbol.asyncDispose]() {
      await sandbox.close()
      await rm(folder, { recursive: true, force: true })
      expect(internalErrors).toEqual([])
    },
  }
}

/** AWS's client for X-Ray at the sandbox. The caller destroys it. */
export function xrayClientOf(endpoint: string): XRay {
  return new XRay({
    endpoint,
    region: 'us-east-1',
    maxAttempts: 1,
    credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
  })
}

/** Creates a sampling rule without a reservoir, which is the first to match and matches every request. */
export async function createRule(
  client: XRay,
  rule: Required<Pick<SamplingRule, 'RuleName' | 'FixedRate'>>,
): Promise<void> {
  const matches = { ServiceName: '*', ServiceType: '*', Host: '*', HTTPMethod: '*', URLPath: '*' }
  const order = { Priority: 1, ReservoirSize: 0, Version: 1 }
  await client.createSamplingRule({ SamplingRule: { ...matches, ResourceARN: '*', ...order, ...rule } })
}

export const HONEYCOMB_KEY = { 'x-honeycomb-team': 'any-key' }
export const JSON_TYPE = { 'content-type': 'application/json' }
/** For Honeycomb's receiver. */
export const OTLP_JSON = { ...JSON_TYPE, ...HONEYCOMB_KEY }
export const TRACE_ID = '6921f3a00123456789abcdef01234567'
export const XRAY_TRACE_ID = '1-6921f3a0-0123456789abcdef01234567'

/** An OTLP/JSON request of one span. */
export function otlpJson(span: Record<string, unknown> = {}, service = 'cruddur-backend'): string {
  return JSON.stringify({
    resourceSpans: [
      {
        resource: { attributes: [{ key: 'service.name', value: { stringValue: service } }] },
        scopeSpans: [
          {
            scope: { name: 'test', version: '1' },
            spans: [
              {
                traceId: TRACE_ID,
                spanId: '00f067aa0ba902b7',
                name: 'GET /api/activities/home',
                kind: 2,
                startTimeUnixNano: '1763800000123456789',
                endTimeUnixNano: '1763800000223456789',
                ...span,
              },
            ],
          },
        ],
      },
    ],
  })
}

export function segmentDocument(fields: Record<string, unknown> = {}): string {
  return JSON.stringify({
    name: 'cruddur-backend',
    id: '53995c3f42cd8ad8',
    trace_id: XRAY_TRACE_ID,
    start_time: 1763800000.123,
    end_time: 1763800000.223,
    ...fields,
  })
}
