import { expect, test } from 'vitest'
import type { SpanEvidence, TraceEvidence } from '../contracts/evidence.ts'
import type { CheckContext } from './chapter.ts'
import { CHAPTERS } from './chapters.ts'

const TRACE = '6b03338a3466b3a098d40d78df8756e6'

/** The span of the api's request, with `fields` in place of its own. */
function span(id: string, fields: Partial<SpanEvidence> = {}): SpanEvidence {
  return {
    ...{ id, parentId: undefined, name: 'GET /api', service: 'api', statement: undefined, sdk: undefined },
    ...{ isServer: true, isCall: false, isSegment: false, isError: false, status: 200 },
    ...{ startMs: 0, durationMs: 10, attributes: {}, exceptions: [] },
    ...fields,
  }
}

function inner(id: string, fields: Partial<SpanEvidence> = {}): SpanEvidence {
  return span(id, { isServer: false, parentId: 'root', status: undefined, ...fields })
}

function trace(spans: readonly SpanEvidence[], fields: Partial<TraceEvidence> = {}): TraceEvidence {
  return {
    ...{ traceId: TRACE, spans, logs: [], occurrences: [], text: '' },
    state: { honeycomb: 'found', xray: 'found', rollbar: 'found' },
    ...fields,
  }
}

/** The text of a chapter's result: what is missing, or the evidence. */
async function check(
  number: number,
  { answers = {}, ...fields }: Partial<CheckContext> & { answers?: Record<string, string> } = {},
): Promise<string> {
  const context: CheckContext = {
    modes: { honeycomb: 'local', xray: 'local', rollbar: 'local' },
    ...{ api: 'http://api.test', service: 'api', profilesService: 'profiles', pipeline: 'sdk' },
    ...{ plantedFaults: [], recentTraces: async () => [], trace: async () => trace([]) },
    ...{ serviceEdges: async () => [], group: async () => undefined, remains: async () => [] },
    ...{ samplingRule: async () => undefined, metrics: async () => undefined },
    ...fields,
  }
  const result = await CHAPTERS[number - 1]?.check(context, answers)
  return result?.passed ? `passed: ${result.evidence.join('; ')}` : JSON.stringify(result)
}

test('chapter 2 tells verify’s requests from no requests, and names the providers that it looks at', async () => {
  expect(await check(2)).toContain('no request has arrived')
  const recentTraces = async () => [TRACE]
  const ofVerify = trace([span('root'), inner('a', { service: 'api-verify' })])
  expect(await check(2, { recentTraces, trace: async () => ofVerify })).toContain('only those of verify')
  const incomplete = trace([span('root')], {
    state: { honeycomb: 'missing', xray: 'found', rollbar: 'found' },
  })
  expect(await check(2, { recentTraces, trace: async () => incomplete })).toContain(
    'has not reached Honeycomb and X-Ray',
  )
})

test.each([
  ['passed', [{ uuid: 'u', traceId: TRACE }]],
  ['do not name each other', [{ uuid: 'u', traceId: 'other' }]],
  ['do not name each other', [{ uuid: 'other', traceId: TRACE }]],
])('chapter 7: %s, where Rollbar has %j', async (words, occurrences) => {
  const failed = { isError: true, parentId: 'caller', attributes: { 'rollbar.uuid': 'u' } }
  const found = trace([span('root', failed)], { occurrences })
  expect(await check(7, { answers: { trace: TRACE }, trace: async () => found })).toContain(words)
})

test('chapter 8 needs Honeycomb, which has the metrics', async () => {
  const modes = { honeycomb: 'off', xray: 'local', rollbar: 'local' } as const
  expect(await check(8, { modes })).toContain('Honeycomb is off')
})

test.each([
  ['repeated', {}, {}, 'is not a call to another service'],
  ['repeated', { isCall: true }, {}, 'right'],
  ['failing', { isError: true }, { status: 404 }, 'was answered 404'],
  ['failing', { isError: true }, {}, 'right'],
  ['slow', { statement: 'select', durationMs: 1 }, {}, 'find what takes longer'],
  ['slow', { statement: 'select', durationMs: 9 }, {}, 'right'],
])('chapter 9: %s, named by a span %j of a request %j', async (kind, fields, request, words) => {
  const found = trace([span('root', request), ...['a', 'b', 'c'].map((id) => inner(id, fields))])
  expect(await check(9, { answers: { [kind]: `${TRACE}/a` }, trace: async () => found })).toContain(words)
})

test.each([
  ['sdk', 'go to the daemon'],
  ['collector', 'go to an OpenTelemetry Collector'],
] as const)('chapter 11 with XRAY_PIPELINE=%s: spans %s', async (pipeline, words) => {
  expect(await check(11, { pipeline })).toContain(words)
})

test.each([
  ['?term=REDACTED', 'passed'],
  ['?term=REDACTED canary-token', 'A canary leaked'],
  ['?term=hello', 'no search term that was redacted'],
])('chapter 12 searches the text %j: %s', async (text, words) => {
  const found = trace([span('root')], { text })
  expect(await check(12, { answers: { trace: TRACE }, trace: async () => found })).toContain(words)
})
