import { newSpanId, newTraceId } from '../../contracts/trace-id.ts'
import { createRandom } from '../../scripts/load/random.ts'
import { OTLP_JSON } from './sandbox.ts'
import { nanoOf, otlpAttributes } from './viewer-data.ts'

/** The requests with all three are slow. Requests with one or two of them are not. */
export const COHORT = {
  'app.user.plan': 'team',
  'app.user.region': 'ap-south-1',
  'app.client.version': '4.3.0-beta',
} as const

/** Why they are slow: only they run this query. */
export const SLOW_QUERY = 'SELECT * FROM activities ORDER BY random()'

/** Values with their weights. */
type Weights = Readonly<Record<string, number>>
const PLANS: Weights = { free: 70, pro: 20, team: 10 }
const REGIONS: Weights = { 'eu-north-1': 45, 'us-east-1': 35, 'ap-south-1': 12, 'sa-east-1': 8 }
const VERSIONS: Weights = { '4.1.0': 50, '4.2.0': 38, '4.3.0-beta': 12 }
const ROUTES: Weights = {
  '/api/activities/home': 50,
  '/api/activities/search': 20,
  '/api/messages/@:handle': 15,
  '/api/message_groups': 10,
  '/api/activities/:uuid': 5,
}
/** Few users make most of the requests. */
const USERS = 200
/** The share of requests from the cohort. */
const COHORT_SHARE = 0.04
const BATCH = 2_000

interface Options {
  readonly requests: number
  /** They are spread over this time, which ends now. ms */
  readonly overMs: number
  readonly seed: number
}

/**
 * Sends a server span and a query of each request. The cohort's requests are slow in the last two thirds of the time.
 * Returns the trace ids of the slow requests.
 */
export async function sendSlowCohort(
  sandboxUrl: string,
  { requests, overMs, seed }: Options,
): Promise<Set<string>> {
  const random = createRandom(seed)
  const now = Date.now()
  const slowTraces = new Set<string>()
  const spans = Array.from({ length: requests }, (_, index) => {
    // The last request has ended before now.
    const startMs = now - 3_000 - overMs * (1 - index / requests)
    const isOfCohort = random() < COHORT_SHARE
    const isSlow = isOfCohort && index > requests / 3
    const route = weighted(random, ROUTES)
    const ids = { traceId: newTraceId(startMs), rootId: newSpanId(), queryId: newSpanId() }
    if (isSlow) slowTraces.add(ids.traceId)
    const queryMs = isSlow ? 700 + 900 * random() : Math.exp(1 + 2.2 * random())
    const totalMs = queryMs + Math.exp(1.5 + 2 * random())
    const times = (fromMs: number, ms: number) => ({
      startTimeUnixNano: nanoOf(startMs + fromMs),
      endTimeUnixNano: nanoOf(startMs + fromMs + ms),
    })
    const root = {
      traceId: ids.traceId,
      spanId: ids.rootId,
      name: `GET ${route}`,
      kind: 2,
      ...times(0, totalMs),
      attributes: otlpAttributes({
        'http.route': route,
        'http.response.status_code': random() < 0.02 ? 500 : 200,
        'user.id': `user-${Math.floor(USERS * random() ** 3)}`,
        'app.user.plan': weighted(random, PLANS),
        'app.user.region': weighted(random, REGIONS),
        'app.client.version': weighted(random, VERSIONS),
        'app.feature.new_feed': String(random() < 0.5),
        'server.address': `api-${Math.floor(random() * 4)}`,
        'http.response.body.size': Math.floor(200 + 5_000 * random() ** 2),
        ...(isOfCohort && COHORT),
      }),
    }
    const query = {
      traceId: ids.traceId,
      spanId: ids.queryId,
      parentSpanId: ids.rootId,
      name: isSlow ? 'pg.query:SELECT activities' : 'pg.query:SELECT cruddur',
      kind: 3,
      ...times(1, queryMs),
      attributes: otlpAttributes({
        'db.query.text': isSlow ? SLOW_QUERY : 'SELECT * FROM activities WHERE uuid = $1',
      }),
    }
    return [root, query]
  }).flat()
  const resource = { attributes: otlpAttributes({ 'service.name': 'cruddur-backend' }) }
  for (let from = 0; from < spans.length; from += BATCH) {
    const scopeSpans = [{ scope: { name: 'test' }, spans: spans.slice(from, from + BATCH) }]
    const body = JSON.stringify({ resourceSpans: [{ resource, scopeSpans }] })
    const response = await fetch(`${sandboxUrl}/v1/traces`, { method: 'POST', headers: OTLP_JSON, body })
    const text = await response.text()
    if (!response.ok) throw new Error(`/v1/traces: ${response.status} ${text}`)
  }
  return slowTraces
}

function weighted(random: () => number, weights: Weights): string {
  const all = Object.values(weights).reduce((sum, weight) => sum + weight, 0)
  let left = random() * all
  for (const [value, weight] of Object.entries(weights)) {
    left -= weight
    if (left < 0) return value
  }
  throw new Error('no weights')
}
