import type { SpanEvidence, TraceEvidence } from '../contracts/evidence.ts'
import { CHAPTERS } from './chapters.ts'
import type { CheckContext, LoggedRequest } from './context.ts'

// Evidence for the checks' unit tests, made by hand.

export const TRACE = '6b03338a3466b3a098d40d78df8756e6'

/** The span of the api's request, with `fields` in place of these values. */
export function span(id: string, fields: Partial<SpanEvidence> = {}): SpanEvidence {
  return {
    ...{ id, parentId: undefined, name: 'GET /api', service: 'api', statement: undefined, sdk: undefined },
    ...{ isServer: true, isCall: false, isSegment: false, isError: false, status: 200 },
    foundIn: ['honeycomb', 'xray'],
    ...{ startMs: 0, durationMs: 10, attributes: {}, exceptions: [] },
    ...fields,
  }
}

export function inner(id: string, fields: Partial<SpanEvidence> = {}): SpanEvidence {
  return span(id, { isServer: false, parentId: 'root', status: undefined, ...fields })
}

export function trace(spans: readonly SpanEvidence[], fields: Partial<TraceEvidence> = {}): TraceEvidence {
  return {
    ...{ traceId: TRACE, spans, logs: [], occurrences: [], text: '' },
    state: { honeycomb: 'found', xray: 'found', rollbar: 'found' },
    ...fields,
  }
}

const RULE = { name: 'Cruddur', wanted: { rate: 0.1, reservoir: 5 }, inXRay: { rate: 0.1, reservoir: 5 } }

/** A workspace whose providers are local and have nothing, but for `fields`. */
export function contextOf(fields: Partial<CheckContext> = {}): CheckContext {
  return {
    modes: { honeycomb: 'local', xray: 'local', rollbar: 'local' },
    ...{
      page: 'http://page.test',
      since: 0,
      passed: [1],
      apiState: async () => 'current',
      warnings: async () => [],
    },
    ...{ requests: async () => [], metricIncrease: async () => undefined, ask: async () => undefined },
    ...{ api: 'http://api.test', service: 'api', profilesService: 'profiles', pipeline: 'sdk' },
    ...{ digestService: 'api-digest', collectedService: 'api-collected', tracesOf: async () => [] },
    ...{ plantedFaults: [], plantedSeed: '', planting: () => undefined, recentTraces: async () => [] },
    trace: async () => trace([]),
    ...{ serviceEdges: async () => [], group: async () => undefined, remains: async () => [] },
    ...{ samplingRule: async () => RULE, sampler: async () => undefined, metrics: async () => undefined },
    apiStartedAt: async () => undefined,
    ...fields,
  }
}

/** The text of a chapter's result: what is missing, or the evidence. */
export async function check(
  number: number,
  { answers = {}, ...fields }: Partial<CheckContext> & { answers?: Record<string, string> } = {},
): Promise<string> {
  const result = await CHAPTERS[number - 1]?.check(contextOf(fields), answers)
  const saw = result?.met.map(({ saw }) => saw).join('; ')
  return result?.passed ? `passed: ${saw}` : JSON.stringify(result)
}

/** A line of the api's log about a request that was answered just now. */
export function logged(fields: Partial<LoggedRequest> = {}): LoggedRequest {
  return {
    ...{ traceId: TRACE, method: 'GET', path: '/api', status: 200, atMs: Date.now(), isKept: true },
    ...fields,
  }
}
