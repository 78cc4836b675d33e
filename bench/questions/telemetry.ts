import { encodeProtobuf } from '../../sandbox/honeycomb/otlp-schema.ts'
import { createRandom, pick } from '../../scripts/load/random.ts'
import type { AnyValue, KeyValue, SpanJson, TracesJson } from '../../tests/harness/otlp-json.ts'

// Spans as the sample's load makes them: requests of users with a plan, a region and a version, each with its SQL queries.
// Of 37 columns a root has 29, and a query 25.

/** As many as a batch of the SDK has. */
export const BATCH_SPANS = 512
/** The requests are spread over this time before now. */
export const RANGE_S = 3_600
const USERS = 400

const QUERIES_PER_REQUEST = 3
const SPANS_PER_REQUEST = QUERIES_PER_REQUEST + 1
const ROUTES = [
  ...['/api/activities/home', '/api/activities/notifications', '/api/activities/@:handle'],
  ...['/api/activities/search', '/api/activities/:uuid', '/api/activities', '/api/message_groups'],
  ...['/api/messages/@:handle', '/api/messages', '/rollbar/test', '/health', '/api/activities/:uuid/reply'],
]
const TABLES = ['activities', 'users', 'messages', 'message_groups', 'follows', 'likes']
const PLANS = ['free', 'free', 'free', 'free', 'pro', 'pro', 'team']
const REGIONS = ['eu-central', 'eu-west', 'us-east', 'us-east', 'us-west', 'ap-south']
const VERSIONS = ['2.3.9', '2.4.0', '2.4.0', '2.4.1', '2.4.1', '2.4.1']

/** Export requests, one after the other: the same for the same seed and end. */
export interface TelemetrySource {
  /** The next request, with at most so many spans. */
  next(maxSpans: number): { readonly request: TracesJson; readonly spans: number }
}

/** `endMs`: epoch milliseconds of the last span. */
export function createTelemetry(seed: number, endMs: number, totalSpans: number): TelemetrySource {
  const random = createRandom(seed)
  const hex = (digits: number) =>
    Array.from({ length: digits / 8 }, () =>
      Math.floor(random() * 2 ** 32)
        .toString(16)
        .padStart(8, '0'),
    ).join('')
  const users = Array.from({ length: USERS }, (_, number) => ({
    id: `user-${number}`,
    plan: pick(random, PLANS),
    region: pick(random, REGIONS),
    version: pick(random, VERSIONS),
  }))
  const stepMs = (RANGE_S * 1000 * SPANS_PER_REQUEST) / totalSpans
  let requestNumber = 0

  const requestSpans = (): SpanJson[] => {
    // The square makes some users frequent and most of them rare.
    const user = users[Math.floor(random() ** 2 * USERS)] ?? users[0]
    const route = ROUTES[Math.floor(random() ** 2 * ROUTES.length)] ?? ''
    const isSlow = user?.plan === 'pro' && user.region === 'eu-west' && user.version === '2.4.1'
    const durationMs = logNormal(random, isSlow ? 480 : 24, isSlow ? 0.3 : 0.8)
    const startMs = endMs - RANGE_S * 1000 + requestNumber++ * stepMs
    const status = random() < 0.02 ? 500 : 200
    const traceId = hex(32)
    const rootId = hex(16)
    const root = spanOf(traceId, rootId, `GET ${route}`, 2, startMs, durationMs, {
      'http.request.method': 'GET',
      'http.route': route,
      'url.path': route.replace('@:handle', `@${user?.id}`),
      'http.response.status_code': status,
      'server.address': 'localhost',
      'user_agent.original': 'cruddur-load',
      'user.id': user?.id ?? '',
      'app.user.plan': user?.plan ?? '',
      'app.user.region': user?.region ?? '',
      'app.client.version': user?.version ?? '',
      'app.feature.new_search': random() < 0.3,
    })
    const queries = Array.from({ length: QUERIES_PER_REQUEST }, (_, number) => {
      const table = pick(random, TABLES)
      const lastsMs = (durationMs / SPANS_PER_REQUEST) * (0.5 + random())
      return {
        ...spanOf(traceId, hex(16), `pg.query:SELECT ${table}`, 3, startMs + number, lastsMs, {
          'db.system.name': 'postgresql',
          'db.namespace': 'cruddur',
          'db.query.text': `SELECT uuid, handle, message FROM ${table} WHERE expires_at > now() LIMIT 20`,
          'db.response.returned_rows': Math.floor(random() * 20),
          'server.address': '127.0.0.1',
          'server.port': 5433,
        }),
        parentSpanId: rootId,
      }
    })
    return [status === 500 ? { ...root, status: { code: 2, message: 'failed' } } : root, ...queries]
  }

  return {
    next(maxSpans) {
      const count = Math.min(BATCH_SPANS, maxSpans)
      const spans = Array.from({ length: Math.ceil(count / SPANS_PER_REQUEST) }, requestSpans).flat()
      const some = spans.slice(0, count)
      return { request: requestOf(some), spans: some.length }
    },
  }
}

/** As OTLP/HTTP protobuf. */
export function encode(request: TracesJson): Uint8Array {
  return encodeProtobuf('ExportTraceServiceRequest', {
    resourceSpans: request.resourceSpans.map((ofResource) => ({
      ...ofResource,
      scopeSpans: ofResource.scopeSpans.map((ofScope) => ({
        ...ofScope,
        spans: ofScope.spans.map(({ traceId, spanId, parentSpanId, ...span }) => ({
          ...span,
          traceId: Buffer.from(traceId, 'hex'),
          spanId: Buffer.from(spanId, 'hex'),
          ...(parentSpanId && { parentSpanId: Buffer.from(parentSpanId, 'hex') }),
        })),
      })),
    })),
  })
}

function requestOf(spans: readonly SpanJson[]): TracesJson {
  const resource = {
    attributes: attributesOf({
      'service.name': 'cruddur-backend',
      'service.version': '0.1.0',
      'host.name': 'workspace',
      'process.pid': 4711,
      'telemetry.sdk.language': 'nodejs',
    }),
  }
  const scope = { name: '@opentelemetry/instrumentation-http', version: '0.301.0' }
  return { resourceSpans: [{ resource, scopeSpans: [{ scope, spans }] }] }
}

function spanOf(
  traceId: string,
  spanId: string,
  name: string,
  kind: number,
  startMs: number,
  durationMs: number,
  attributes: Readonly<Record<string, string | number | boolean>>,
): SpanJson {
  return {
    traceId,
    spanId,
    name,
    kind,
    startTimeUnixNano: nanoseconds(startMs),
    endTimeUnixNano: nanoseconds(startMs + durationMs),
    attributes: attributesOf(attributes),
  }
}

function nanoseconds(epochMs: number): string {
  return String(BigInt(Math.round(epochMs * 1000)) * 1000n)
}

function attributesOf(attributes: Readonly<Record<string, string | number | boolean>>): KeyValue[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: anyValueOf(value) }))
}

function anyValueOf(value: string | number | boolean): AnyValue {
  if (typeof value === 'string') return { stringValue: value }
  return typeof value === 'boolean' ? { boolValue: value } : { intValue: String(value) }
}

/** Box-Muller. `medianMs` and the result are milliseconds. */
function logNormal(random: () => number, medianMs: number, sigma: number): number {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  return medianMs * Math.exp(sigma * normal)
}
