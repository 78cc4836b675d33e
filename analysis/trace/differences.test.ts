import { describe, expect, test } from 'vitest'
import type { ProvidersRead } from '../../contracts/sandbox/health.ts'
import type { LensSegment, LensSpan, TraceLenses } from '../../contracts/sandbox/lenses.ts'
import { differences } from './differences.ts'
import { idsOfMeasuredTwice } from './only-in-one.ts'

const SPAN: LensSpan = {
  id: 'a',
  parentId: '',
  name: 'GET /',
  kind: 'SERVER',
  service: 'api',
  attributes: {},
  resource: 0,
  scope: '',
  startMs: 0,
  endMs: 100,
  status: 'UNSET',
  statusMessage: '',
  events: [],
  links: [],
  dropped: 0,
}
const span = (fields: Partial<LensSpan>): LensSpan => ({ ...SPAN, ...fields })
const segment = (fields: Partial<LensSegment>): LensSegment => ({
  id: 'a',
  parentId: '',
  name: 'api',
  isSubsegment: false,
  document: 0,
  startMs: 0,
  endMs: 100,
  outcome: 'ok',
  fields: {},
  ...fields,
})

function differencesOf(spans: readonly LensSpan[], segments: readonly LensSegment[] = []) {
  return differences(traceOf(spans, segments), undefined)
}

function traceOf(
  spans: readonly LensSpan[],
  segments: readonly LensSegment[] = [],
  spanIdsOfOccurrences: readonly string[] = [],
): TraceLenses {
  return {
    traceId: '1'.repeat(32),
    xrayTraceId: '',
    pruned: false,
    originMs: 0,
    resources: [],
    spans,
    logs: [],
    segments,
    documents: segments.length,
    occurrences: spanIdsOfOccurrences.map((spanId, index) => ({
      uuid: String(index),
      itemId: 1,
      atMs: 0,
      spanId,
      data: {},
    })),
  }
}
const wordsOf = (...records: Parameters<typeof differencesOf>) =>
  differencesOf(...records).map(({ what }) => what)

const CONTINUES = 'The request continues a trace of a caller that sends nothing here'
const ORPHANS = '1 span whose parent has not arrived'

describe('a root whose parent never arrived', () => {
  test.each<[string, readonly LensSpan[], string]>([
    [
      'the server span that the request came in by',
      [span({ parentId: 'x' }), span({ id: 'b', parentId: 'a' })],
      CONTINUES,
    ],
    ['a server span below a root that has arrived', [SPAN, span({ id: 'b', parentId: 'x' })], ORPHANS],
    ['a span of a lost parent within the service', [span({ parentId: 'x', kind: 'INTERNAL' })], ORPHANS],
  ])('%s', (_, spans, expected) => {
    const found = wordsOf(spans).filter((what) => what === CONTINUES || what === ORPHANS)
    expect(found).toEqual([expected])
  })

  test('two requests of one caller both are', () => {
    const [found] = differencesOf([span({ parentId: 'x' }), span({ id: 'b', parentId: 'x' })]).filter(
      ({ what }) => what === CONTINUES,
    )
    expect(found).toMatchObject({ ids: ['a', 'b'], isTrouble: false })
  })

  test('a segment of a caller that sends none', () => {
    expect(wordsOf([], [segment({ parentId: 'x' })])).toContain(CONTINUES)
    expect(wordsOf([], [segment({ parentId: 'x', isSubsegment: true })])).not.toContain(CONTINUES)
  })
})

test('a clock that differs is named once, with the services and by how much', () => {
  const early = Array.from({ length: 5 }, (_, index) =>
    span({
      id: `b${index}`,
      parentId: 'a',
      service: 'profiles',
      startMs: index - 1_200,
      endMs: index - 1_150,
    }),
  )
  const found = wordsOf([SPAN, ...early]).filter((what) => /clock|before/.test(what))
  expect(found).toEqual(['The clock of profiles is 1.20 s to 1.25 s behind that of api'])
})

test('spans that begin before their parent in one service are no matter of two clocks', () => {
  const found = wordsOf([SPAN, span({ id: 'b', parentId: 'a', startMs: -50, endMs: 10 })])
  expect(found).toContain('1 span that begin before their parent')
})

describe('a failed request is missing at Rollbar', () => {
  const failed = span({ status: 'ERROR' })
  const inside = span({ id: 'b', parentId: 'a', kind: 'INTERNAL', status: 'ERROR' })
  const other = span({ id: 'c', parentId: 'b', service: 'profiles', status: 'ERROR' })
  const lackedOf = (spans: readonly LensSpan[], occurrences: readonly string[]) =>
    differences(traceOf(spans, [], occurrences), undefined).find(({ what }) => what.startsWith('Rollbar has'))
      ?.what

  test.each<[string, readonly LensSpan[], readonly string[], string | undefined]>([
    ['without an item', [failed], [], 'Rollbar has nothing of 1 failed span: api'],
    ['not with an item of its span', [failed], ['a'], undefined],
    ['not with an item of a span within it', [failed, inside], ['b'], undefined],
    ['not with an item that has the trace’s id alone', [failed], [''], undefined],
    ['not with an item of a span that has not arrived', [failed], ['x'], undefined],
    [
      'with an item of the caller only',
      [failed, inside, other],
      ['b'],
      'Rollbar has nothing of 1 failed span: profiles',
    ],
    [
      'with an item of the called service only',
      [failed, inside, other],
      ['c'],
      'Rollbar has nothing of 1 failed span: api',
    ],
  ])('%s', (_, spans, occurrences, expected) => expect(lackedOf(spans, occurrences)).toBe(expected))
})

describe('what X-Ray or Honeycomb lacks of the whole request', () => {
  const PROVIDERS = {
    honeycomb: { mode: 'local', live: null },
    xray: { mode: 'local', region: '', pipeline: 'sdk' },
    rollbar: { mode: 'local' },
    httpErrors: [
      { provider: 'xray', path: '/v1/traces', status: 400, message: 'Search is off', count: 3, lastMs: 2 },
      { provider: 'xray', path: '/v1/traces', status: 401, message: 'No key', count: 1, lastMs: 1 },
    ],
  } as unknown as ProvidersRead

  test('names the service, the variables of the app and the last HTTP error', () => {
    const [found] = differences(traceOf([span({ service: 'my-shop' })]), PROVIDERS)
    expect(found).toMatchObject({
      what: 'X-Ray has nothing of this request',
      isTrouble: true,
      help: { page: 'README', heading: 'what-goes-wrong-most' },
    })
    expect(found?.why).toMatch(/No segment of my-shop arrived.*AWS_XRAY_DAEMON_ADDRESS.*XRAY_OTLP_ENDPOINT/)
    expect(found?.why).toMatch(/4 requests with an HTTP error, the last .*: 400 Search is off\./)
  })

  test('says nothing of HTTP errors where there were none', () => {
    const [found] = differences(traceOf([], [segment({ name: 'my-shop' })]), PROVIDERS)
    expect(found?.what).toBe('Honeycomb has nothing of this request')
    expect(found?.why).toMatch(/No span of my-shop arrived.*OTEL_EXPORTER_OTLP_ENDPOINT/)
    expect(found?.why).not.toContain('answered')
  })

  test('is under another trace id where a request looks like it', () => {
    const twins = [
      {
        honeycomb: '1'.repeat(32),
        xray: '2'.repeat(32),
        service: 'api',
        segmentName: 'api',
        request: 'GET /',
        status: 200,
        startMs: 0,
        startApartMs: 1,
        endApartMs: -1,
        row: {} as never,
      },
    ]
    const found = differences(traceOf([SPAN]), PROVIDERS, { twins })
    expect(found[0]).toMatchObject({
      what: `X-Ray has a request that looks like this one, under the trace id ${'2'.repeat(32)}`,
      why: expect.stringContaining('Both are GET / of api'),
      help: { page: 'two-rows', heading: 'make-it-one' },
    })
    expect(found.filter(({ what }) => /has nothing/.test(what))).toEqual([])
  })

  test('names errors without a trace id that look like the request’s', () => {
    const errors = [{ id: 7, itemId: 3, title: 'ValueError: x', timestampS: 0, isSeveral: false }]
    const found = differences(traceOf([span({ status: 'ERROR' })]), PROVIDERS, { errors })
    expect(found.filter(({ what }) => what.startsWith('Rollbar has nothing'))).toEqual([])
    expect(found.map(({ what }) => what)).toContain(
      'Rollbar has 1 error without a trace id that looks like this request’s: item 3 (ValueError: x)',
    )
  })

  test('a service without a name is named, with its fix', () => {
    const [, found] = differences(traceOf([span({ service: 'unknown_service:python' })]), PROVIDERS)
    expect(found?.what).toBe('A service has no name: unknown_service:python')
    expect(found?.why).toContain('OTEL_SERVICE_NAME')
  })

  test('may be each of several that look like it', () => {
    const several = [{ traceId: '3'.repeat(32) }, { traceId: '4'.repeat(32) }] as never
    const [found] = differences(traceOf([SPAN]), PROVIDERS, { twins: [], several })
    expect(found?.what).toBe('X-Ray has 2 requests that look like this one, under other trace ids')
    expect(found?.why).toContain('4'.repeat(32))
  })
})

test('spans and segments of two libraries in one trace are no loss', () => {
  const own = [
    segment({ id: 'x', parentId: 'a', name: 'backend-flask' }),
    segment({ id: 'y', parentId: 'x', name: 'mock-data', isSubsegment: true }),
  ]
  const found = differences(traceOf([span({ service: 'backend-flask' })], own), undefined)
  expect(found.map(({ what, isTrouble }) => [what, isTrouble])).toEqual([
    ['Two libraries measured backend-flask: its spans and its segments have ids of their own', false],
  ])
  expect(idsOfMeasuredTwice({ spans: [span({ service: 'backend-flask' })], segments: own })).toEqual(
    new Set(['a', 'x', 'y']),
  )
  // Another service without segments still lacks them.
  const [, lacks] = differences(
    traceOf([span({ service: 'backend-flask' }), span({ id: 'b', parentId: 'a', service: 'db' })], own),
    undefined,
  )
  expect(lacks?.what).toBe('X-Ray lacks 1 span of db')
})
