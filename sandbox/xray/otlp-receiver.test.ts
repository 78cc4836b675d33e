import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  HONEYCOMB_KEY,
  JSON_TYPE,
  otlpJson,
  sandboxForTest,
  TRACE_ID,
  XRAY_TRACE_ID,
} from '../../tests/harness/sandbox.ts'

const SIGNED = {
  ...JSON_TYPE,
  authorization: 'AWS4-HMAC-SHA256 Credential=AKIA/20261122/us-east-1/xray/aws4_request, Signature=0',
}
const NOW_NS = BigInt(Date.now()) * 1_000_000n

const sandbox = await sandboxForTest()
beforeAll(() => pointSegmentsTo('CloudWatchLogs'))
afterAll(() => sandbox[Symbol.asyncDispose]())

const pointSegmentsTo = (Destination: string) =>
  sandbox.post('/UpdateTraceSegmentDestination', JSON.stringify({ Destination }))

let count = 0
/** Sends one span and gives back the document that X-Ray's side keeps for it. */
async function documentOf(span: Record<string, unknown>): Promise<Record<string, unknown> | undefined> {
  const spanId = (++count).toString(16).padStart(16, '0')
  const times = { startTimeUnixNano: String(NOW_NS), endTimeUnixNano: String(NOW_NS + 100_000_000n) }
  const response = await sandbox.post('/v1/traces', otlpJson({ ...times, spanId, ...span }), SIGNED)
  expect([response.status, await response.text()]).toEqual([200, '{}'])
  const { xray, honeycomb } = await sandbox.trace(TRACE_ID)
  expect(honeycomb.spans).toEqual([])
  return xray.segments.find(({ id }) => id === spanId)
}

const attributes = (values: Record<string, unknown>) =>
  Object.entries(values).map(([key, value]) => ({
    key,
    value: Array.isArray(value)
      ? { arrayValue: { values: value.map((stringValue) => ({ stringValue })) } }
      : typeof value === 'number'
        ? { intValue: value }
        : { stringValue: value },
  }))

describe('a span authorized for X-Ray', () => {
  test('without a parent is a segment with the service’s name, stored for X-Ray only', async () => {
    const document = await documentOf({
      attributes: attributes({
        'http.request.method': 'GET',
        'url.full': 'http://localhost/a',
        'http.response.status_code': 500,
        'app.user': 'maya',
        'aws.xray.annotations': ['app.user'],
        SampleRate: 4,
      }),
    })
    expect(document).toMatchObject({
      name: 'cruddur-backend',
      trace_id: XRAY_TRACE_ID,
      fault: true,
      http: { request: { method: 'GET', url: 'http://localhost/a' }, response: { status: 500 } },
      annotations: { app_user: 'maya' },
      metadata: { default: { SampleRate: 4 } },
    })
    expect(document).not.toHaveProperty('type')
  })

  test.each([
    [
      'a server’s',
      2,
      {
        'http.scheme': 'http',
        'http.host': 'localhost:8080',
        'http.target': '/a?b=1',
        'net.host.port': 8080,
      },
      'http://localhost:8080/a?b=1',
    ],
    [
      'a server’s without a Host header',
      2,
      { 'http.scheme': 'http', 'net.host.name': 'localhost', 'net.host.port': 8080, 'http.target': '/a' },
      'http://localhost:8080/a',
    ],
    ['a client’s', 3, { 'http.url': 'http://profiles/a', 'net.peer.name': 'profiles' }, 'http://profiles/a'],
  ])('with HTTP’s names before 1.21 has method, address and status: %s', async (_whose, kind, more, url) => {
    const document = await documentOf({
      kind,
      attributes: attributes({
        'http.method': 'GET',
        'http.status_code': 500,
        'http.flavor': '1.1',
        ...more,
      }),
    })
    expect(document).toMatchObject({
      fault: true,
      http: { request: { method: 'GET', url }, response: { status: 500 } },
      metadata: { default: { 'http.flavor': '1.1' } },
    })
    expect(JSON.stringify(document?.metadata)).not.toMatch(
      /"(http\.(method|host|target|url|status_code)|server\.\w+)"/,
    )
  })

  test.each([
    ['in this process', 0x101, 2, 'subsegment'],
    ['in another process', 0x301, 1, undefined],
    ['in an unknown place, for a server', 1, 2, undefined],
    ['in an unknown place, for a client', 1, 3, 'subsegment'],
  ])('whose parent is %s', async (_where, flags, kind, type) => {
    const document = await documentOf({ flags, kind, parentSpanId: 'a'.repeat(16) })
    expect(document).toMatchObject({ parent_id: 'a'.repeat(16) })
    expect(document?.type).toBe(type)
  })

  test('that queries a database has the query', async () => {
    const document = await documentOf({
      kind: 3,
      parentSpanId: 'a'.repeat(16),
      attributes: attributes({
        'db.system.name': 'postgresql',
        'db.query.text': 'SELECT 1',
        'server.address': 'db',
      }),
    })
    expect(document).toMatchObject({
      name: 'db',
      namespace: 'remote',
      sql: { database_type: 'postgresql', sanitized_query: 'SELECT 1' },
    })
  })

  test('that failed has the exception with its stack', async () => {
    const document = await documentOf({
      status: { code: 2 },
      events: [
        {
          name: 'exception',
          attributes: attributes({
            'exception.type': 'TypeError',
            'exception.message': 'no',
            'exception.stacktrace':
              'TypeError: no\n    at load (file:///a/b.ts:12:3)\n    at file:///a/c.ts:4:1',
          }),
        },
      ],
    })
    expect(document).toMatchObject({
      fault: true,
      cause: {
        exceptions: [
          {
            type: 'TypeError',
            message: 'no',
            stack: [
              { label: 'load', path: '/a/b.ts', line: 12 },
              { label: 'anonymous', path: '/a/c.ts', line: 4 },
            ],
          },
        ],
      },
    })
  })

  test('whose resource fits no document is stored without it', { timeout: 30_000 }, async () => {
    const spans = Array.from({ length: 2_000 }, (_, index) => ({
      traceId: TRACE_ID,
      spanId: (0xfff_0000 + index).toString(16).padStart(16, '0'),
      name: 'a',
      startTimeUnixNano: String(NOW_NS),
      endTimeUnixNano: String(NOW_NS),
    }))
    const resource = { attributes: attributes({ 'service.name': 'large', k: 'x'.repeat(4_000_000) }) }
    const body = JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans }] }] })
    expect((await sandbox.post('/v1/traces', body, SIGNED)).status).toBe(200)
    const { xray } = await sandbox.trace(TRACE_ID)
    const found = xray.segments.filter(({ name }) => name === 'large')
    expect(found).toHaveLength(2_000)
    expect(found[0]?.metadata).toEqual({ default: { span_name: 'a' } })
  })

  test('may carry an X-Ray API key in place of the signature', async () => {
    const spanId = 'c'.repeat(16)
    const times = { startTimeUnixNano: String(NOW_NS), endTimeUnixNano: String(NOW_NS) }
    // JavaScript's exporters add OTEL_EXPORTER_OTLP_HEADERS, which is Honeycomb's key, to every request.
    const headers = { ...JSON_TYPE, ...HONEYCOMB_KEY, authorization: 'Bearer sandbox' }
    const response = await sandbox.post('/v1/traces', otlpJson({ ...times, spanId }), headers)
    expect(response.status).toBe(200)
    const { xray, honeycomb } = await sandbox.trace(TRACE_ID)
    expect(honeycomb.spans).toEqual([])
    expect(xray.segments.map(({ id }) => id)).toContain(spanId)
  })

  // OTLP's ids are 16 and 8 bytes, in JSON as hex digits; Honeycomb's side also takes others.
  test.each([
    ['a trace id of 8 bytes', { traceId: 'a'.repeat(16) }],
    ['a span id of 16 bytes', { spanId: 'a'.repeat(32) }],
    ['a trace id of zeros', { traceId: '0'.repeat(32) }],
    ['a span id of zeros', { spanId: '0'.repeat(16) }],
  ])('with %s is reported as rejected', async (_what, ids) => {
    const times = { startTimeUnixNano: String(NOW_NS), endTimeUnixNano: String(NOW_NS) }
    const response = await sandbox.post('/v1/traces', otlpJson({ ...times, ...ids }), SIGNED)
    expect([response.status, await response.json()]).toMatchObject([
      200,
      { partialSuccess: { rejectedSpans: '1', errorMessage: expect.stringContaining('ids are invalid') } },
    ])
  })

  test.each([
    ['traceId', 'EjRWeBI0VngSNFZ4EjRWeA=='],
    ['spanId', 'EjRWeBI0Vng='],
  ])('whose %s is base64 is a 400', async (name, base64) => {
    const times = { startTimeUnixNano: String(NOW_NS), endTimeUnixNano: String(NOW_NS) }
    const response = await sandbox.post('/v1/traces', otlpJson({ ...times, [name]: base64 }), SIGNED)
    expect([response.status, await response.text()]).toEqual([
      400,
      expect.stringContaining('hex digits are expected'),
    ])
  })

  test('outside X-Ray’s range of time is reported as rejected', async () => {
    const response = await sandbox.post('/v1/traces', otlpJson({ spanId: 'b'.repeat(16) }), SIGNED)
    expect([response.status, await response.json()]).toMatchObject([
      200,
      { partialSuccess: { rejectedSpans: '1' } },
    ])
  })

  test('with so many others that their documents take more than 64 MiB is a 413', async () => {
    const span = { traceId: TRACE_ID, spanId: 'd'.repeat(16), name: 'a', startTimeUnixNano: String(NOW_NS) }
    const spans = Array(1_200).fill({ ...span, endTimeUnixNano: String(NOW_NS) })
    const resource = { attributes: attributes({ 'service.name': 'many', k: 'x'.repeat(60_000) }) }
    const body = JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans }] }] })
    const response = await sandbox.post('/v1/traces', body, SIGNED)
    expect([response.status, await response.text()]).toEqual([
      413,
      expect.stringContaining('smaller resources'),
    ])
  })

  test('beyond 5 MB a request is a 413', async () => {
    const response = await sandbox.post('/v1/traces', new Uint8Array(6 * 1024 * 1024), SIGNED)
    expect(response.status).toBe(413)
  })

  test('is a 400 in AWS’s words while Transaction Search is off', async () => {
    await pointSegmentsTo('XRay')
    const response = await sandbox.post('/v1/traces', otlpJson(), SIGNED)
    await pointSegmentsTo('CloudWatchLogs')
    expect([response.status, await response.json()]).toEqual([
      400,
      { message: 'The OTLP API is supported with CloudWatch Logs as a Trace Segment Destination.' },
    ])
  })
})
