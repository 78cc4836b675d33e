import { describe, expect, test } from 'vitest'
import { LensSegment, LensSpan, TraceLenses } from '../../contracts/sandbox/lenses.ts'
import type { Attributes } from '../../contracts/sandbox/trace.ts'
import { routesOf } from '../trace/route-finder.ts'
import { mainRoot, pathSpans } from './path-spans.ts'
import { errorText, traceFacts } from './trace-facts.ts'

const TRACE = {
  traceId: 'a'.repeat(32),
  xrayTraceId: '',
  pruned: false,
  originMs: 1_000,
  resources: [{}],
  logs: [],
  documents: 1,
  occurrences: [],
}

type SpanGiven = Partial<LensSpan> & { readonly attributes?: Attributes }

function ofSpans(...spans: readonly SpanGiven[]): TraceLenses {
  const records = spans.map((given, index) =>
    LensSpan.parse({
      id: `${index}`,
      parentId: index === 0 ? '' : '0',
      name: 'name',
      kind: 'INTERNAL',
      service: 's',
      attributes: {},
      links: [],
      resource: 0,
      scope: '',
      startMs: index,
      endMs: 100 - index,
      status: 'UNSET',
      statusMessage: '',
      events: [],
      dropped: 0,
      ...given,
    }),
  )
  return TraceLenses.parse({ ...TRACE, spans: records, segments: [] })
}

function ofSegments(...segments: readonly Partial<LensSegment>[]): TraceLenses {
  const records = segments.map((given, index) =>
    LensSegment.parse({
      id: `${index}`,
      parentId: index === 0 ? '' : '0',
      name: 'api',
      isSubsegment: index > 0,
      document: 0,
      startMs: index,
      endMs: 100 - index,
      outcome: 'ok',
      fields: {},
      ...given,
    }),
  )
  return TraceLenses.parse({ ...TRACE, spans: [], segments: records })
}

const names = (trace: TraceLenses, lens: 'honeycomb' | 'xray') =>
  pathSpans(trace, lens, routesOf([trace])).map(({ kind, name }) => `${kind} ${name}`)

describe('what a record does', () => {
  test.each([
    [{ 'http.request.method': 'GET', 'http.route': '/a/:id' }, 'SERVER', 'GET /a/:id'],
    [{ 'http.method': 'GET', 'http.target': '/a/17?q=1' }, 'SERVER', 'GET /a/:id'],
    [{ 'http.request.method': 'POST', 'url.full': 'http://localhost:1/b/17?q=1' }, 'CLIENT', 'POST /b/:id'],
    [
      { 'http.request.method': 'POST', 'url.template': '/b/{b}', 'url.full': 'http://x/b/1' },
      'CLIENT',
      'POST /b/{b}',
    ],
    [{ 'db.query.text': 'SELECT 1' }, 'CLIENT', 'SELECT ?'],
    [{ 'db.statement': "SELECT 'x'" }, 'CLIENT', 'SELECT ?'],
    [{ 'db.system.name': 'postgresql' }, 'CLIENT', 'job {n}'],
    [{}, 'INTERNAL', 'job {n}'],
  ])('a span with %j is named by it', (attributes, kind, name) => {
    expect(
      names(ofSpans({ name: 'job 17', kind, attributes: attributes as Attributes }), 'honeycomb'),
    ).toEqual([`${kind} ${name}`])
  })

  test('a call has the name of the route that answers it', () => {
    const trace = ofSpans(
      {
        name: 'GET',
        kind: 'CLIENT',
        attributes: { 'http.request.method': 'GET', 'url.full': 'http://localhost/p/maya' },
      },
      { kind: 'SERVER', attributes: { 'http.request.method': 'GET', 'http.route': '/p/:handle' } },
    )
    expect(names(trace, 'honeycomb')).toEqual(['CLIENT GET /p/:handle', 'SERVER GET /p/:handle'])
  })

  test('a segment is named by its request, a subsegment by its call, statement or operation', () => {
    const http = (method: string, url: string) => ({ http: { request: { method, url } } })
    const trace = ofSegments(
      { fields: { ...http('GET', 'http://localhost/p/maya'), annotations: { http_route: '/p/:handle' } } },
      { fields: { ...http('GET', 'http://localhost/p/bob'), namespace: 'remote' } },
      { fields: { sql: { sanitized_query: 'SELECT $1' }, namespace: 'remote' } },
      { name: 'DynamoDB', fields: { aws: { operation: 'GetItem' }, namespace: 'aws' } },
      { name: 'work 3' },
    )
    expect(names(trace, 'xray')).toEqual([
      'segment GET /p/:handle',
      'remote GET /p/:handle',
      'remote SELECT ?',
      'aws DynamoDB GetItem',
      'subsegment work {n}',
    ])
  })
})

test('facts of a trace: the longest root, its status, and what is failed, in progress or without a parent', () => {
  const trace = ofSpans(
    { endMs: 50, attributes: { 'http.response.status_code': 503 }, status: 'ERROR' },
    { parentId: 'gone', startMs: 60, endMs: 70 },
  )
  const spans = pathSpans(trace, 'honeycomb', routesOf([trace]))
  expect(mainRoot(spans)).toBe(0)
  expect(traceFacts(trace, 'honeycomb', spans)).toMatchObject({
    rootId: '0',
    startMs: 1_000,
    durationMs: 50,
    status: 503,
    isError: true,
    count: 2,
    errors: 1,
    orphans: 1,
  })
  const segments = ofSegments({ endMs: null, fields: { http: { response: { status: 200 } } } })
  expect(traceFacts(segments, 'xray', pathSpans(segments, 'xray', routesOf([])))).toMatchObject({
    status: 200,
    inProgress: 1,
  })
  expect(traceFacts(ofSpans(), 'honeycomb', [])).toMatchObject({ rootId: '', status: undefined, count: 0 })
})

test('the reason of a failure is the exception of a span, else its status, and the cause of a segment', () => {
  const event = { name: 'exception', atMs: 1, attributes: { 'exception.message': 'refused' } }
  expect(errorText(ofSpans({ events: [event], statusMessage: 'failed' }), 'honeycomb', '0')).toBe('refused')
  expect(errorText(ofSpans({ statusMessage: 'failed' }), 'honeycomb', '0')).toBe('failed')
  const fields = { cause: { exceptions: [{ message: 'refused' }] } }
  expect(errorText(ofSegments({ fields }), 'xray', '0')).toBe('refused')
  expect(errorText(ofSegments({ fields: { cause: 'an id' } }), 'xray', '0')).toBe('')
})
