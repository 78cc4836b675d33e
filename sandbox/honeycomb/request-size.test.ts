import { expect, test } from 'vitest'
import { encodeProtobuf } from './otlp-schema.ts'
import { checkRequestSize } from './request-size.ts'

const METRICS = 'ExportMetricsServiceRequest'
const MAX = 1_000_000
const TOO_LARGE = expect.objectContaining({
  status: 413,
  message: expect.stringContaining('send it in parts'),
})

/** A request with one metric, whose field `kind` has the bytes of one data point. */
function requestWith(kind: number, point: Buffer): Buffer {
  const nested = (field: number, content: Buffer) =>
    Buffer.concat([Buffer.from([(field << 3) | 2]), length(content), content])
  return nested(1, nested(2, nested(2, nested(kind, nested(1, point)))))
}
function length({ length: value }: Buffer): Buffer {
  const bytes: number[] = []
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest])
    bytes.push((rest % 128) | 0x80)
  }
}
const emptyFields = (field: number) => Buffer.alloc(2 * (MAX + 1), Buffer.from([(field << 3) | 2, 0]))

test.each([
  ['exemplars', requestWith(5, emptyFields(5))],
  ['attributes', requestWith(7, emptyFields(7))],
  [
    'exponential buckets',
    requestWith(
      10,
      Buffer.concat([
        Buffer.from([0x42]),
        length(Buffer.alloc(MAX + 9)),
        Buffer.from([0x12]),
        length(Buffer.alloc(MAX + 4)),
        Buffer.alloc(MAX + 5),
      ]),
    ),
  ],
  [
    'explicit buckets',
    requestWith(
      9,
      Buffer.concat([Buffer.from([0x32]), length(Buffer.alloc(8 * MAX + 8)), Buffer.alloc(8 * MAX + 8)]),
    ),
  ],
  ['quantiles', requestWith(11, emptyFields(6))],
  ['exemplars behind a group', requestWith(5, Buffer.concat([Buffer.from([0x0b, 0x0c]), emptyFields(5)]))],
])('too many %s', (_, body) => {
  expect(() => checkRequestSize(METRICS, body, false)).toThrow(TOO_LARGE)
})

const names = (count: number) => Array.from({ length: count }, (_, index) => `"n${index.toString(36)}":1`)
const inSpan = (text: string) => `{"resourceSpans":[{"scopeSpans":[{"spans":[{${text}}]}]}]}`

test.each([
  ['empty resources', `{"resourceSpans":[${'{},'.repeat(160_000)}{}]}`],
  ['empty spans', inSpan(`},${'{},'.repeat(160_000)}{`)],
  ['objects in a field that OTLP does not have', `{"x":[${'{},'.repeat(160_000)}{}]}`],
  ['objects in an attribute', inSpan(`"attributes":[${'{},'.repeat(800_000)}{}]`)],
  ['lists in lists', `{"x":[${'[[[]]],'.repeat(1_000_000)}1]}`],
  ['names in an object that OTLP does not have', `{"x":{${names(400_000)}}}`],
  [
    'names in many objects',
    `{"x":{"y":[${names(400_000)
      .map((name) => `{${name}}`)
      .join()}]}}`,
  ],
  ['array indices', `{"x":{"y":[${'{"300":1},'.repeat(300_000)}1]}}`],
])('JSON with too many %s, before any is made', (_, text) => {
  for (const message of [METRICS, 'ExportTraceServiceRequest', 'ExportLogsServiceRequest'])
    expect(() => checkRequestSize(message, Buffer.from(text), true)).toThrow(TOO_LARGE)
})

const ID = '0123456789abcdef'
const TIMES = '"startTimeUnixNano":"1763800000123456789","endTimeUnixNano":"1763800000123456789"'
const QUERY = `{"key":"db.query.text","value":{"stringValue":"${'SELECT {a}, \\"b\\": [1, 2] '.repeat(20)}"}}`

test.each([
  [
    '105,000 spans in 20 MB',
    inSpan(
      Array(105_000)
        .fill(`"traceId":"${ID}${ID}","spanId":"${ID}","name":"GET /api","kind":2,${TIMES}`)
        .join('},{'),
    ),
  ],
  ['query texts', inSpan(Array(25_000).fill(`"name":"q","attributes":[${QUERY}]`).join('},{'))],
  ['350,000 attributes', inSpan(`"attributes":[${Array(350_000).fill(attribute('http.a')).join()}]`)],
  [
    '80,000 data points',
    `{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"gauge":{"dataPoints":[${Array(80_000)
      .fill(`{"timeUnixNano":"1763800000123456789","asDouble":1.5,"attributes":[${attribute('http.a')}]}`)
      .join()}]}}]}]}]}`,
  ],
])('%s are not too many', (_, text) => {
  checkRequestSize(METRICS, Buffer.from(text), true)
})
function attribute(key: string): string {
  return `{"key":"${key}","value":{"stringValue":"b"}}`
}

test('a large request of an exporter passes, and so does an invalid one', () => {
  const attributes = Array.from({ length: 8 }, (_, index) => ({
    key: `key${index}`,
    value: { stringValue: 'value' },
  }))
  const point = {
    timeUnixNano: 1,
    count: 3,
    bucketCounts: Array(16).fill(1),
    explicitBounds: Array(15).fill(1),
    attributes,
  }
  const metrics = [{ name: 'm', histogram: { dataPoints: Array(10_000).fill(point) } }]
  const request = { resourceMetrics: [{ scopeMetrics: [{ metrics }] }] }
  checkRequestSize(METRICS, Buffer.from(encodeProtobuf(METRICS, request)), false)
  checkRequestSize(METRICS, Buffer.from(JSON.stringify(request)), true)
  for (const invalid of [[0x0a], [0x0a, 0xff, 0xff], [0xff], [0x0f, 1, 2]])
    checkRequestSize(METRICS, Buffer.from(invalid), false)
})

test('spans and log records with too many values, small requests, and large ones of an exporter', () => {
  const [traces, logs] = ['ExportTraceServiceRequest', 'ExportLogsServiceRequest'] as const
  // 20 values each.
  const empty = Buffer.alloc(2 * 160_000, Buffer.from([0x0a, 0]))
  for (const message of [traces, logs]) {
    expect(() => checkRequestSize(message, empty, false)).toThrow(TOO_LARGE)
    checkRequestSize(message, empty.subarray(0, 2 * 140_000), false)
  }
  const attributes = Array.from({ length: 16 }, (_, index) => ({
    key: `http.key${index}`,
    value: { stringValue: 'a value' },
  }))
  const spans = Array(20_000).fill({
    name: 'GET /api',
    traceId: Buffer.alloc(16),
    spanId: Buffer.alloc(8),
    attributes,
  })
  const request = { resourceSpans: [{ scopeSpans: [{ spans }] }] }
  checkRequestSize(traces, Buffer.from(encodeProtobuf(traces, request)), false)
  checkRequestSize(traces, Buffer.from(JSON.stringify(request)), true)
})
