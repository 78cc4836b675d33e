import { expect, test } from 'vitest'
import type { SpanEvidence, TraceEvidence } from '../../contracts/evidence.ts'
import type { CheckContext } from '../context.ts'
import { check, inner, span, trace } from '../test-evidence.ts'

const SDK = 'X-Ray for Node.js'
const IN_X_RAY = { foundIn: ['xray'], sdk: SDK } as const

/** The SDK's own run: segment, subsegment, and the api's request below it. */
function sdkTrace(fields: Partial<SpanEvidence> = {}, more: readonly SpanEvidence[] = []): TraceEvidence {
  const own = { service: 'api-digest', ...IN_X_RAY, isServer: false, status: undefined }
  return trace(
    [
      span('segment', { ...own, name: 'api-digest', isSegment: true, startMs: 100, ...fields }),
      span('subsegment', { ...own, name: 'write-digest', parentId: 'segment', sdk: undefined }),
      ...more,
    ],
    { traceId: 'by-sdk' },
  )
}
const BELOW_SUBSEGMENT = span('request', { parentId: 'subsegment', sdk: SDK })
const BY_SDK = sdkTrace({}, [BELOW_SUBSEGMENT])

const own = (fields: Partial<SpanEvidence> = {}) =>
  inner('own', {
    ...{ parentId: undefined, service: 'api-digest', name: 'write-digest', sdk: SDK, startMs: 200 },
    attributes: { 'app.digest.posts': 5 },
    ...fields,
  })
const call = (fields: Partial<SpanEvidence> = {}) =>
  inner('call', { service: 'api-digest', parentId: 'own', isCall: true, startMs: 201, ...fields })
const request = span('request', { parentId: 'call', startMs: 202, sdk: SDK })
const home = inner('home', { name: 'home-activities', attributes: { 'app.result_length': 5 } })
const ran = (...spans: SpanEvidence[]) => trace(spans, { traceId: 'by-span' })
const BY_SPAN = ran(own(), call(), request, home)

const OTHER = trace([span('server', { sdk: SDK })], { traceId: 'other' })
const WITHOUT_SDK = trace([span('server', { foundIn: ['honeycomb', 'xray'] })], { traceId: 'otlp' })

function judge(runs: readonly TraceEvidence[], fields: Partial<CheckContext> = {}, ofApi = [OTHER]) {
  const all = [...runs, ...ofApi]
  return check(11, {
    tracesOf: async () => runs.map(({ traceId }) => traceId),
    recentTraces: async () => ofApi.map(({ traceId }) => traceId),
    trace: async (id) => all.find(({ traceId }) => traceId === id) ?? trace([]),
    ...fields,
  })
}

test('a run by the SDK, one by a span, and a request without the SDK pass, in either pipeline', async () => {
  for (const pipeline of ['sdk', 'otlp'] as const) {
    const text = await judge([BY_SPAN, BY_SDK], { pipeline }, [OTHER, WITHOUT_SDK])
    expect(text).toContain('passed: the segment segment')
    expect(text).toContain('both have own')
  }
})

test('live Honeycomb returns no spans: what only it knows is not checked', async () => {
  const inXRay = (one: SpanEvidence): SpanEvidence => ({ ...one, ...IN_X_RAY })
  const run = ran(
    inXRay(own({ isSegment: true, attributes: { app_digest_posts: 5 } })),
    inXRay(call()),
    inXRay(request),
  )
  const modes = { honeycomb: 'live', xray: 'live', rollbar: 'off' } as const
  const text = await judge([run, BY_SDK], { modes }, [WITHOUT_SDK])
  expect(text).toContain('passed')
  expect(text.match(/not checked/g)).toHaveLength(3)
})

test.each<[mistake: string, runs: readonly TraceEvidence[], words: string]>([
  ['nothing', [], 'The digest has not run yet'],
  ['the SDK without the header', [sdkTrace()], 'The segment segment of trace by-sdk has no request'],
  ['no run by the SDK', [BY_SPAN], 'To compare, one by the X-Ray SDK is needed'],
  ['still the SDK', [BY_SDK], 'was still recorded by the X-Ray SDK alone'],
  [
    'both tracers',
    [
      BY_SPAN,
      BY_SDK,
      trace([span('twin', { ...sdkTrace().spans[0], id: 'twin', startMs: 198 })], { traceId: 'twin' }),
    ],
    'One run has two accounts with two ids: the SDK’s segment twin in trace twin, and OpenTelemetry’s spans in trace by-span',
  ],
  ['a span that is not ended', [ran(call(), request), BY_SDK], 'names the parent own, which never arrived'],
  [
    'startSpan',
    [trace([own()], { traceId: 'lonely' }), ran(call({ parentId: undefined }), request), BY_SDK],
    'The call to the api began another trace, by-span, beside your span own in trace lonely',
  ],
  ['no span', [ran(call({ parentId: undefined }), request), BY_SDK], 'only the call to the api'],
  ['a call outside', [ran(own()), BY_SDK], 'has no call to the api in it'],
  ['another trace', [ran(own(), call()), BY_SDK], 'no request of the api below it'],
  [
    'no attribute',
    [ran(own({ attributes: {} }), call(), request), BY_SDK],
    'has no attribute app.digest.posts',
  ],
  [
    'text',
    [ran(own({ attributes: { 'app.digest.posts': '5' } }), call(), request), BY_SDK],
    'is \\\\"5\\\\", which is no number',
  ],
  [
    'a constant',
    [ran(own({ attributes: { 'app.digest.posts': 1 } }), call(), request, home), BY_SDK],
    'is 1, but the api answered 5 posts',
  ],
  [
    'not in X-Ray',
    [ran(own({ foundIn: ['honeycomb'] }), call(), request), BY_SDK],
    'X-Ray does not have the span own',
  ],
  ['the pipeline', [BY_SPAN, BY_SDK], 'XRAY_PIPELINE is sdk'],
])('%s', async (_mistake, runs, words) => {
  const text = await judge(runs)
  expect(text).toContain(words.replaceAll('\\\\', '\\'))
  expect(text).not.toContain('passed: ')
})

test('a run is named by the trace of the learner’s span, not by that of a call beside it', async () => {
  const lonely = trace([own({ startMs: 199 })], { traceId: 'lonely' })
  const text = await judge([lonely, ran(call({ parentId: undefined }), request), BY_SDK])
  expect(text).toContain('"saw":"the trace lonely"')
})

test.each([
  ['collector', 'go to an OpenTelemetry Collector'],
  ['otlp', 'still came through the SDK'],
] as const)('XRAY_PIPELINE=%s before a request without the SDK: %s', async (pipeline, words) => {
  expect(await judge([BY_SPAN, BY_SDK], { pipeline })).toContain(words)
})

test('with OTLP, spans that X-Ray lacks point to Transaction Search', async () => {
  const run = ran(own({ foundIn: ['honeycomb'] }), call(), request)
  expect(await judge([run, BY_SDK], { pipeline: 'otlp' })).toContain('Transaction Search')
})

test('X-Ray that is off has no segment to compare', async () => {
  const modes = { honeycomb: 'local', xray: 'off', rollbar: 'local' } as const
  expect(await judge([], { modes })).toContain('X-Ray is off')
})
