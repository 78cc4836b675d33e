import { expect, test } from 'vitest'
import { encodeProtobuf } from './otlp-schema.ts'
import { countJsonRecords, countProtobufRecords } from './record-count.ts'

const attributes = [
  { key: 'a{[', value: { kvlistValue: { values: [{ key: 'b\\"}', value: { intValue: '1' } }] } } },
]
const requests = {
  ExportTraceServiceRequest: {
    resourceSpans: [
      {
        resource: { attributes },
        scopeSpans: [{ scope: { name: 's', attributes }, spans: [{ name: 'a', attributes }, {}] }],
      },
      { scopeSpans: [{ spans: [{ events: [{ attributes }, {}], links: [{}] }] }, {}] },
    ],
  },
  ExportLogsServiceRequest: {
    resourceLogs: [
      { resource: { attributes }, scopeLogs: [{ logRecords: [{ attributes }, {}, {}] }, { logRecords: [] }] },
      {},
    ],
  },
  ExportMetricsServiceRequest: {
    resourceMetrics: [
      { scopeMetrics: [{ metrics: [{ name: 'm', gauge: { dataPoints: [{ attributes }, {}] } }, {}] }] },
      { resource: { attributes }, scopeMetrics: [{}, {}] },
    ],
  },
}

// Resources, scopes and records together.
test.each([
  ['ExportTraceServiceRequest', 2 + 3 + 3],
  ['ExportLogsServiceRequest', 2 + 2 + 3],
  ['ExportMetricsServiceRequest', 2 + 3 + 2],
] as const)('the records of an %s, in both encodings', (message, expected) => {
  const request = requests[message]
  expect(countJsonRecords(Buffer.from(JSON.stringify(request)), 1_000)).toBe(expected)
  expect(countProtobufRecords(Buffer.from(encodeProtobuf(message, request)), 1_000)).toBe(expected)
})

test('87,000 empty records are counted until there are too many', () => {
  for (const empty of ['{}', 'null']) {
    const [, , json = ''] = inLists(`${`${empty},`.repeat(87_000)}${empty}`)
    expect(countJsonRecords(Buffer.from(json), 2_000)).toBe(2_001)
  }
  expect(countProtobufRecords(Buffer.alloc(2 * 87_000, Buffer.from([0x0a, 0])), 2_000)).toBe(2_001)
})

const inLists = (elements: string) => [
  `{"resourceLogs":[${elements}]}`,
  `{"resourceLogs":[{"scopeLogs":[${elements}]}]}`,
  `{"resourceLogs":[{"scopeLogs":[{"logRecords":[${elements}]}]}]}`,
]

test.each([
  ['', 0],
  [' \n', 0],
  ['null', 1],
  [' null , {} ', 2],
  ['1,"a,b",[],[1,2],{"a":1,"b":[]}', 5],
])('elements of the lists %j are counted, whatever they are', (elements, expected) => {
  const counts = inLists(elements).map((text) => countJsonRecords(Buffer.from(text), 1_000))
  expect(counts).toEqual([expected, expected + 1, expected + 2])
})

test.each([
  [[0x0a]],
  [[0x0a, 0xff, 0xff, 0xff]],
  [[0xff, 0xff]],
  [[0x0f, 1]],
  [[0x0a, 0x03, 0x12, 0x7f, 0x12]],
])('an invalid request of %j is counted to its end', (bytes) => {
  expect(countProtobufRecords(Buffer.from(bytes), 10)).toBeLessThan(4)
  expect(countJsonRecords(Buffer.from(bytes), 10)).toBe(0)
})
