import { newSpanId, newTraceId, toXRayTraceId } from '../../contracts/trace-id.ts'
import type { SandboxForTest } from './sandbox.ts'
import { HONEYCOMB_KEY, JSON_TYPE } from './sandbox.ts'

export interface SpanData {
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  /** Milliseconds after the trace's start. */
  readonly at: number
  readonly took: number
  readonly kind?: number
  readonly isError?: boolean
  readonly attributes?: Readonly<Record<string, string | number>>
  readonly events?: readonly unknown[]
}

const attribute = ([key, value]: [string, string | number]) => ({
  key,
  value: typeof value === 'number' ? { intValue: String(value) } : { stringValue: value },
})

/** Spans of one service, as OTLP/JSON. */
function otlpOf(traceId: string, startMs: number, service: string, spans: readonly SpanData[]): string {
  const nano = (ms: number) => String(BigInt(Math.round((startMs + ms) * 1_000)) * 1_000n)
  return JSON.stringify({
    resourceSpans: [
      {
        resource: { attributes: [attribute(['service.name', service])] },
        scopeSpans: [
          {
            scope: { name: 'test' },
            spans: spans.map(({ at, took, attributes = {}, isError, kind = 1, ...span }) => ({
              ...span,
              traceId,
              kind,
              startTimeUnixNano: nano(at),
              endTimeUnixNano: nano(at + took),
              attributes: Object.entries(attributes).map(attribute),
              ...(isError && { status: { code: 2, message: 'it failed' } }),
            })),
          },
        ],
      },
    ],
  })
}

export async function sendSpans(
  sandbox: SandboxForTest,
  traceId: string,
  startMs: number,
  service: string,
  spans: readonly SpanData[],
): Promise<void> {
  const body = otlpOf(traceId, startMs, service, spans)
  const response = await sandbox.post('/v1/traces', body, { ...JSON_TYPE, ...HONEYCOMB_KEY })
  if (response.status !== 200) throw new Error(`spans: ${response.status} ${await response.text()}`)
}

export async function sendSegments(sandbox: SandboxForTest, documents: readonly unknown[]): Promise<void> {
  const body = JSON.stringify({
    TraceSegmentDocuments: documents.map((document) => JSON.stringify(document)),
  })
  const response = await sandbox.post('/TraceSegments', body)
  const answer = await response.text()
  if (!answer.includes('"UnprocessedTraceSegments":[]')) throw new Error(`segments: ${answer}`)
}

export interface RequestData {
  readonly route: string
  readonly service: string
  readonly fails: boolean
  /** Milliseconds. */
  readonly took: number
  readonly startMs: number
  readonly withXRay: boolean
}

export interface SentRequest {
  readonly traceId: string
  readonly rootId: string
  readonly queryId: string
}

/**
 * Sends what one request leaves in the three providers: a server span and a query, the same two as segment and
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
  }: Partial<RequestData> = {},
): Promise<SentRequest> {
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
      events: fails
        ? [
            {
              name: 'exception',
              timeUnixNano: String(BigInt(Math.round((startMs + took / 2) * 1_000)) * 1_000n),
            },
          ]
        : [],
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
  const body = JSON.stringify({
    resourceLogs: [
      {
        resource: { attributes: [attribute(['service.name', 'cruddur-backend'])] },
        scopeLogs: [
          {
            logRecords: [
              {
                traceId: log.traceId,
                spanId: log.spanId,
                timeUnixNano: String(BigInt(Math.round(log.atMs * 1_000)) * 1_000n),
                severityNumber: log.isError ? 17 : 9,
                severityText: log.isError ? 'ERROR' : 'INFO',
                body: { stringValue: log.text },
              },
            ],
          },
        ],
      },
    ],
  })
  await sandbox.post('/v1/logs', body, { ...JSON_TYPE, ...HONEYCOMB_KEY })
}

export async function sendError(
  sandbox: SandboxForTest,
  {
    traceId,
    spanId,
    atMs,
    message = 'it was asked for',
  }: { traceId: string; spanId: string; atMs: number; message?: string },
): Promise<void> {
  const item = {
    data: {
      environment: 'production',
      level: 'error',
      timestamp: Math.floor(atMs / 1_000),
      custom: { trace_id: traceId, span_id: spanId },
      body: {
        trace: {
          exception: { class: 'DeliberateError', message },
          frames: [
            { filename: 'node:internal/process', lineno: 1 },
            {
              filename: '/app/backend/api/rollbar-test.ts',
              lineno: 13,
              method: 'handle',
              code: '  throw new DeliberateError()',
              context: { pre: ['function handle() {'], post: ['}'] },
            },
          ],
        },
      },
    },
  }
  await sandbox.post('/api/1/item/', JSON.stringify(item), { ...JSON_TYPE, 'x-rollbar-access-token': 'any' })
}
