import { newSpanId, newTraceId, toXRayTraceId } from '../../contracts/trace-id.ts'
import type { SandboxForTest } from './sandbox.ts'
import { HONEYCOMB_KEY, JSON_TYPE } from './sandbox.ts'

export interface SpanData {
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  /** When it began, in milliseconds after the trace's start. */
  readonly at: number
  /** Milliseconds. */
  readonly took: number
  /** OTLP's SpanKind: 1 internal, 2 server, 3 client. */
  readonly kind?: number
  readonly isError?: boolean
  readonly attributes?: Readonly<Record<string, string | number>>
  readonly events?: readonly unknown[]
}

/** Attributes as OTLP/JSON. */
export function otlpAttributes(attributes: Readonly<Record<string, string | number>>) {
  return Object.entries(attributes).map(([key, value]) => ({
    key,
    value: typeof value === 'number' ? { intValue: String(value) } : { stringValue: value },
  }))
}

export function nanoOf(epochMs: number): string {
  return String(BigInt(Math.round(epochMs * 1_000)) * 1_000n)
}

export async function sendSpans(
  sandbox: SandboxForTest,
  traceId: string,
  startMs: number,
  service: string,
  spans: readonly SpanData[],
): Promise<void> {
  const records = spans.map(({ at, took, attributes = {}, isError, kind = 1, ...span }) => ({
    ...span,
    traceId,
    kind,
    startTimeUnixNano: nanoOf(startMs + at),
    endTimeUnixNano: nanoOf(startMs + at + took),
    attributes: otlpAttributes(attributes),
    ...(isError && { status: { code: 2, message: 'it failed' } }),
  }))
  const resource = { attributes: otlpAttributes({ 'service.name': service }) }
  const scopeSpans = [{ scope: { name: 'test' }, spans: records }]
  await post(sandbox, '/v1/traces', { resourceSpans: [{ resource, scopeSpans }] }, HONEYCOMB_KEY)
}

/** Sends JSON, and returns the text of a successful response. */
async function post(sandbox: SandboxForTest, path: string, body: unknown, headers = {}): Promise<string> {
  const response = await sandbox.post(path, JSON.stringify(body), { ...JSON_TYPE, ...headers })
  const text = await response.text()
  if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`)
  return text
}

export async function sendSegments(sandbox: SandboxForTest, documents: readonly unknown[]): Promise<void> {
  const TraceSegmentDocuments = documents.map((document) => JSON.stringify(document))
  const answer = await post(sandbox, '/TraceSegments', { TraceSegmentDocuments })
  if (!answer.includes('"UnprocessedTraceSegments":[]')) throw new Error(`segments: ${answer}`)
}

/**
 * Sends the records of one request, which took `took` ms, to the three providers: a server span and a query, the same two as segment and
 * subsegment, a log record, and an error at Rollbar if the request failed.
 */
export async function sendRequest(
  sandbox: SandboxForTest,
  {
    route = '/api/activities/home',
    service = 'cruddur-backend',
    fails = false,
    took = 40,
    startMs = Date.now() - 1_000,
    withXRay = true,
  } = {},
) {
  const [traceId, rootId, queryId] = [newTraceId(startMs), newSpanId(), newSpanId()]
  const status = fails ? 500 : 200
  const name = `GET ${route}`
  await sendSpans(sandbox, traceId, startMs, service, [
    {
      spanId: rootId,
      name,
      at: 0,
      took,
      kind: 2,
      isError: fails,
      attributes: { 'http.route': route, 'http.response.status_code': status },
      events: fails ? [{ name: 'exception', timeUnixNano: nanoOf(startMs + took / 2) }] : [],
    },
    {
      spanId: queryId,
      parentSpanId: rootId,
      name: 'pg.query:SELECT cruddur',
      at: took / 4,
      took: took / 4,
      kind: 3,
      attributes: { 'db.query.text': 'SELECT needle FROM haystack' },
    },
  ])
  if (withXRay) {
    const seconds = (ms: number) => (startMs + ms) / 1_000
    await sendSegments(sandbox, [
      {
        name: service,
        id: rootId,
        trace_id: toXRayTraceId(traceId),
        start_time: seconds(0),
        end_time: seconds(took),
        http: { request: { method: 'GET', url: `http://localhost${route}` }, response: { status } },
        ...(fails && { fault: true }),
        annotations: { http_route: route },
        subsegments: [
          {
            name: 'cruddur@localhost',
            id: queryId,
            namespace: 'remote',
            start_time: seconds(took / 4),
            end_time: seconds(took / 2),
            sql: { sanitized_query: 'SELECT needle FROM haystack' },
          },
        ],
      },
    ])
  }
  await sendLog(sandbox, {
    traceId,
    spanId: rootId,
    atMs: startMs + took,
    text: `${name} ${status}`,
    isError: fails,
  })
  if (fails) await sendError(sandbox, { traceId, spanId: rootId, atMs: startMs })
  return { traceId, rootId, queryId }
}

export async function sendLog(
  sandbox: SandboxForTest,
  log: { traceId: string; spanId: string; atMs: number; text: string; isError: boolean },
): Promise<void> {
  const record = {
    traceId: log.traceId,
    spanId: log.spanId,
    timeUnixNano: nanoOf(log.atMs),
    severityNumber: log.isError ? 17 : 9,
    severityText: log.isError ? 'ERROR' : 'INFO',
    body: { stringValue: log.text },
  }
  const resource = { attributes: otlpAttributes({ 'service.name': 'cruddur-backend' }) }
  const scopeLogs = [{ logRecords: [record] }]
  await post(sandbox, '/v1/logs', { resourceLogs: [{ resource, scopeLogs }] }, HONEYCOMB_KEY)
}

export async function sendError(
  sandbox: SandboxForTest,
  {
    traceId,
    spanId,
    atMs,
    message = 'deliberate test error',
  }: { traceId: string; spanId: string; atMs: number; message?: string },
): Promise<void> {
  const frames = [
    { filename: 'node:internal/process', lineno: 1 },
    {
      filename: '/app/backend/api/rollbar-test.ts',
      lineno: 13,
      method: 'handle',
      code: '  throw new DeliberateError()',
      context: { pre: ['function handle() {'], post: ['}'] },
    },
  ]
  const data = {
    environment: 'production',
    level: 'error',
    timestamp: Math.floor(atMs / 1_000),
    custom: { trace_id: traceId, span_id: spanId },
    body: { trace: { exception: { class: 'DeliberateError', message }, frames } },
  }
  await post(sandbox, '/api/1/item/', { data }, { 'x-rollbar-access-token': 'any' })
}
