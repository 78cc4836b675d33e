import type { KeyValue, SpanJson, TracesJson } from '../../tests/harness/otlp-json.ts'

/** Traces of every form that is hard on the trace page. */
export interface LargeTrace {
  readonly name: string
  readonly traceId: string
  readonly spans: readonly SpanJson[]
  /** Whether its rows collapse, so that the page shows fewer rows than there are spans. */
  readonly isCollapsed: boolean
}

const TABLES = ['activities', 'users', 'messages', 'message_groups', 'follows', 'likes']
/** One query each, so that no two siblings are alike. */
const COLUMNS = ['uuid', 'handle', 'message', 'created_at', 'expires_at']

/** Deeper than any program's stack of spans. */
const DEEP_LEVELS = 3_000

/** Each of `count` spans, except the deep one. `startMs`: epoch milliseconds. */
export function largeTraces(count: number, startMs: number): LargeTrace[] {
  const shape = (
    number: number,
    name: string,
    spans: number,
    parentOf: (index: number) => number,
    isCollapsed = false,
  ): LargeTrace => {
    const traceId = `${number}`.padStart(32, 'a')
    return {
      name,
      traceId,
      isCollapsed,
      spans: Array.from({ length: spans }, (_, index) =>
        spanAt(traceId, index, index === 0 ? undefined : parentOf(index), spans, startMs, isCollapsed),
      ),
    }
  }
  return [
    shape(1, `${count} spans, a tree`, count, (index) => Math.floor((index - 1) / 8)),
    shape(2, `${count} spans, all below one`, count, () => 0),
    shape(3, `${DEEP_LEVELS} levels`, DEEP_LEVELS, (index) => index - 1),
    shape(4, `${count} like spans below one`, count, () => 0, true),
  ]
}

/** As export requests of at most `batch` spans. */
export function requestsOf({ spans }: LargeTrace, batch: number): TracesJson[] {
  const resource = { attributes: attributesOf({ 'service.name': 'cruddur-backend' }) }
  const scope = { name: '@opentelemetry/instrumentation-pg', version: '0.301.0' }
  const requests: TracesJson[] = []
  for (let from = 0; from < spans.length; from += batch) {
    const scopeSpans = [{ scope, spans: spans.slice(from, from + batch) }]
    requests.push({ resourceSpans: [{ resource, scopeSpans }] })
  }
  return requests
}

function spanAt(
  traceId: string,
  index: number,
  parent: number | undefined,
  count: number,
  startMs: number,
  isLike: boolean,
): SpanJson {
  const table = TABLES[isLike ? 0 : index % TABLES.length] ?? ''
  const column = COLUMNS[isLike ? 0 : index % COLUMNS.length] ?? ''
  const fromMs = startMs + index * 0.9
  const isRoot = parent === undefined
  return {
    traceId,
    spanId: idOf(index),
    ...(parent !== undefined && { parentSpanId: idOf(parent) }),
    name: isRoot ? 'GET /api/activities/home' : `pg.query:SELECT ${table}`,
    kind: isRoot ? 2 : 3,
    startTimeUnixNano: nanoOf(fromMs),
    endTimeUnixNano: nanoOf(isRoot ? startMs + count : fromMs + 2 + (index % 7)),
    attributes: attributesOf(
      isRoot
        ? { 'http.request.method': 'GET', 'http.route': '/api/activities/home', 'url.path': '/' }
        : {
            'db.system.name': 'postgresql',
            'db.namespace': 'cruddur',
            'db.query.text': `SELECT ${column} FROM ${table} WHERE uuid = $1 LIMIT 20`,
            'server.address': '127.0.0.1',
            'user.id': `user-${index}`,
          },
    ),
    ...(index % 500 === 7 && { status: { code: 2, message: 'it failed' } }),
  }
}

function attributesOf(attributes: Readonly<Record<string, string>>): KeyValue[] {
  return Object.entries(attributes).map(([key, stringValue]) => ({ key, value: { stringValue } }))
}

function idOf(index: number): string {
  return (index + 1).toString(16).padStart(16, '0')
}

function nanoOf(epochMs: number): string {
  return String(BigInt(Math.round(epochMs * 1_000)) * 1_000n)
}
