import { expect, test } from 'vitest'
import { encodeProtobuf } from './otlp-schema.ts'
import { checkMetricsSize, checkRecordsSize } from './request-size.ts'

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
  expect(() => checkMetricsSize(body, false)).toThrow(TOO_LARGE)
})

test('JSON with too many values', () => {
  const points = Array(2 * MAX + 1)
    .fill('{}')
    .join()
  expect(() => checkMetricsSize(Buffer.from(`{"a":[${points}]}`), true)).toThrow(TOO_LARGE)
})

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
  checkMetricsSize(Buffer.from(encodeProtobuf('ExportMetricsServiceRequest', request)), false)
  checkMetricsSize(Buffer.from(JSON.stringify(request)), true)
  for (const invalid of [[0x0a], [0x0a, 0xff, 0xff], [0xff], [0x0f, 1, 2]])
    checkMetricsSize(Buffer.from(invalid), false)
})

test('spans and log records with too many values, small requests, and large ones of an exporter', () => {
  const [traces, logs] = ['ExportTraceServiceRequest', 'ExportLogsServiceRequest'] as const
  const empty = Buffer.alloc(2 * (2 * MAX + 1), Buffer.from([0x0a, 0]))
  for (const message of [traces, logs]) {
    expect(() => checkRecordsSize(message, empty, false)).toThrow(TOO_LARGE)
    checkRecordsSize(message, empty.subarray(0, 2 * MAX), false)
  }
  const lists = Buffer.from(
    `{"a":[${Array(2 * MAX + 1)
      .fill('{}')
      .join()}]}`,
  )
  expect(() => checkRecordsSize(traces, lists, true)).toThrow(TOO_LARGE)
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
  checkRecordsSize(traces, Buffer.from(encodeProtobuf(traces, request)), false)
  checkRecordsSize(traces, Buffer.from(JSON.stringify(request)), true)
})
