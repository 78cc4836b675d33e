import { expect, test } from 'vitest'
import { otlpJson } from '../../../tests/harness/sandbox.ts'
import { otlpAttributes } from '../../../tests/harness/viewer-data.ts'
import { workOfSegments, workOfSpans } from './server-work.ts'

function ofSpan(attributes: Record<string, string | number>, more: object = {}) {
  const body = Buffer.from(
    otlpJson({ attributes: otlpAttributes(attributes), kind: 2, ...more }, 'backend-flask'),
  )
  return workOfSpans([{ dataset: 'backend-flask', encoding: 'json', body }])
}

/** What opentelemetry-instrumentation-flask 0.6x sends by default, and with OTEL_SEMCONV_STABILITY_OPT_IN=http. */
const OLD = {
  'http.method': 'GET',
  'http.server_name': '127.0.0.1',
  'http.host': 'LOCALHOST:4567',
  'http.target': '/api/activities/%40andrew/?page=2',
  'http.route': '/api/activities/@<string:handle>/',
  'http.status_code': 500,
}
const STABLE = {
  'http.request.method': 'get',
  'server.address': 'localhost',
  'url.path': '/api/activities/@andrew',
  'http.response.status_code': 500,
}
const REQUEST = {
  service: 'backend-flask',
  host: 'localhost',
  isNamedByHost: false,
  method: 'GET',
  path: '/api/activities/@andrew',
  status: 500,
}

test.each([
  ['the conventions before the stable ones', OLD],
  ['the stable conventions', STABLE],
  [
    'a whole address',
    {
      'http.method': 'GET',
      'http.url': 'http://localhost:1/api/activities/@andrew#a',
      'http.status_code': 500,
    },
  ],
])('a server span by %s', (_, attributes) => expect(ofSpan(attributes)).toMatchObject([REQUEST]))

test('times and failures of a span', () => {
  expect(ofSpan({ ...STABLE }, { status: { code: 2 } })).toMatchObject([
    { startMs: 1_763_800_000_123.4568, endMs: 1_763_800_000_223.4568, isFailed: true },
  ])
})

test.each([
  ['a client span', STABLE, { kind: 3 }],
  ['no method', { 'url.path': '/' }, {}],
  ['no path', { 'http.method': 'GET', 'http.target': 'x' }, {}],
  ['a path that is no text', { 'http.method': 'GET', 'url.path': 7 }, {}],
])('%s is no server work', (_, attributes, more) => expect(ofSpan(attributes, more)).toEqual([]))

const SEGMENT = {
  name: 'backend-flask',
  start_time: 100,
  end_time: 101.5,
  http: {
    request: { method: 'GET', url: 'http://localhost:4567/api/activities/%40andrew' },
    response: { status: 500 },
  },
  fault: true,
}
const ofSegment = (segment: object) => workOfSegments([JSON.stringify(segment)])

test('a segment with a request', () => {
  expect(ofSegment(SEGMENT)).toEqual([{ ...REQUEST, isFailed: true, startMs: 100_000, endMs: 101_500 }])
})

test.each(['localhost', 'localhost:4567', 'LocalHost'])('a segment with the host’s name %s', (name) => {
  expect(ofSegment({ ...SEGMENT, name })).toMatchObject([{ service: name, isNamedByHost: true }])
})

test.each([
  ['a subsegment', { type: 'subsegment' }],
  ['in progress', { end_time: undefined, in_progress: true }],
  ['no request', { http: { response: { status: 200 } } }],
  ['a request without method', { http: { request: { url: 'http://localhost/' } } }],
  ['an address that is none', { http: { request: { method: 'GET', url: ':::' } } }],
  ['no text as address', { http: { request: { method: 'GET', url: { a: 1 } } } }],
])('%s is no server work', (_, fields) => expect(ofSegment({ ...SEGMENT, ...fields })).toEqual([]))

test('of many only the first count, and a path that cannot be decoded stays as it is', () => {
  const url = 'http://localhost/%E0%A4%A'
  const segment = { ...SEGMENT, http: { request: { method: 'GET', url } } }
  const many = Array.from({ length: 50 }, (_, index) =>
    JSON.stringify({ ...segment, start_time: 90 - index }),
  )
  const work = workOfSegments(many)
  expect(work).toHaveLength(20)
  expect(work[0]).toMatchObject({ startMs: 41_000, path: '/%E0%A4%A', status: null })
})
