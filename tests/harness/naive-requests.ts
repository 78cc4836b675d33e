import type { RequestSort } from '../../contracts/sandbox/list-words.ts'
import type { RequestRow } from '../../contracts/sandbox/lists.ts'
import type { Attribute, LogRecord } from '../../contracts/sandbox/trace.ts'
import { readSpans } from '../../sandbox/honeycomb/stored-spans.ts'
import type { RequestFilter } from '../../sandbox/requests/request-filter.ts'
import type { Store } from '../../sandbox/store/store.ts'
import type { WalkedTrace } from '../../sandbox/store/traces.ts'

// The list of requests for obviousness alone: every trace is read from the store, one after the other, and decoded.

type Value = string | number | boolean

export interface NaiveRequest extends Omit<RequestRow, 'place'> {
  readonly startedMs: number
  readonly number: number
  /** What is found by words: names and values of attributes, and texts without a name. */
  readonly attributes: readonly (readonly [name: string, value: Value])[]
}

export function naiveRequests(store: Store): NaiveRequest[] {
  return [...store.traces.walk({})].map((walked) => requestOf(store, walked))
}

function requestOf(
  store: Store,
  { place, rootName, httpStatus, startedAt: _, ...walked }: WalkedTrace,
): NaiveRequest {
  const { traceId } = walked
  const attributes: (readonly [string, Value])[] = [
    ['', rootName],
    ['', traceId],
    ...walked.services.map((service) => ['', service] as const),
  ]
  const spans = readSpans(store.spans.ofTrace(traceId))
  for (const span of spans) {
    attributes.push(['', span.name], ...flat(span.resource), ...flat(span.attributes))
    for (const event of span.events) attributes.push(['', event.name], ...flat(event.attributes))
  }
  for (const { document } of store.logs.ofTrace(traceId)) {
    const record = JSON.parse(document) as LogRecord
    attributes.push(['', String(record.body)], ...flat(record.resource), ...flat(record.attributes))
  }
  for (const { document } of store.segments.ofTrace(traceId)) {
    const waiting = [JSON.parse(document)]
    for (const part of waiting) {
      attributes.push(...flat(part.annotations ?? {}), ...flat(part.metadata ?? {}))
      waiting.push(...(part.subsegments ?? []))
    }
  }
  for (const { document } of store.occurrences.ofTrace(traceId)) {
    const { title, body } = JSON.parse(document)
    attributes.push(['', title], ['', body.message.body])
  }
  const chunk = store.spans.rootOf(traceId)
  const root = chunk && readSpans([chunk]).find(({ parentSpanId }) => parentSpanId === '')
  const ofSpan = root?.attributes['http.response.status_code']
  const status = httpStatus ?? (typeof ofSpan === 'number' && ofSpan > 0 ? ofSpan : null)
  return { ...walked, ...place, name: rootName, status, attributes }
}

function flat(value: Readonly<Record<string, Attribute>>, prefix = ''): [string, Value][] {
  return Object.entries(value).flatMap(([key, inner]): [string, Value][] => {
    if (inner === null) return []
    if (typeof inner !== 'object') return [[`${prefix}${key}`, inner]]
    if (Array.isArray(inner)) return [[`${prefix}${key}`, JSON.stringify(inner)]]
    return flat(inner as Readonly<Record<string, Attribute>>, `${prefix}${key}.`)
  })
}

/** Whether a request has a word, which is `name=value`, `name:value` or any other text. */
function hasWord({ attributes }: NaiveRequest, word: string): boolean {
  const [, name = '', sign, wanted = ''] = /^([^=:]+)([=:])(.+)$/.exec(word) ?? []
  return attributes.some(([key, value]) => {
    const path = key.toLowerCase().split(/[._]/)
    const isOwn = sign !== undefined && key !== '' && isEnd(path, name.split(/[._]/))
    const text = String(value).toLowerCase()
    const holds = (part: string) => (typeof value === 'string' ? text.includes(part) : text === part)
    const isNamed = key !== '' && hasRun(path, word.split(/[._]/))
    return isNamed || holds(word) || (isOwn && (sign === '=' ? text === wanted : holds(wanted)))
  })
}

function isEnd(path: readonly string[], parts: readonly string[]): boolean {
  return parts.every((part, index) => part === path[path.length - parts.length + index])
}

function hasRun(path: readonly string[], parts: readonly string[]): boolean {
  return path.some((_, from) => parts.every((part, index) => part === path[from + index]))
}

export function naiveMatches(request: NaiveRequest, filter: RequestFilter, text = ''): boolean {
  const counts = { honeycomb: request.spans, xray: request.segments, rollbar: request.items }
  const conditions: readonly boolean[] = [
    !(request.startedMs < (filter.sinceMs ?? -1)),
    !(request.startedMs > (filter.untilMs ?? Number.POSITIVE_INFINITY)),
    !filter.service || request.services.includes(filter.service),
    !filter.route || request.name === filter.route,
    filter.error === undefined || request.error === filter.error,
    !filter.statusClass || String(request.status).startsWith(String(filter.statusClass)),
    filter.minMs === undefined || request.durationMs >= filter.minMs,
    filter.maxMs === undefined || request.durationMs <= filter.maxMs,
    !filter.has || counts[filter.has] > 0,
    !filter.lacks || counts[filter.lacks] === 0,
    !filter.traceIds || filter.traceIds.includes(request.traceId),
  ]
  const words = text.toLowerCase().split(' ').filter(Boolean)
  return conditions.every(Boolean) && words.every((word) => hasWord(request, word))
}

export function naiveOrder(
  requests: readonly NaiveRequest[],
  sort: RequestSort,
  order: 'asc' | 'desc',
): NaiveRequest[] {
  const keyOf = (request: NaiveRequest) => {
    if (sort === 'start') return request.startedMs
    if (sort === 'duration') return request.durationMs
    return sort === 'services' ? request.services.join(', ') : request[sort]
  }
  return requests.toSorted((a, b) => {
    const [x, y] = [keyOf(a), keyOf(b)]
    const later = b.startedMs - a.startedMs || a.number - b.number
    if (x === y) return later
    if (x === null) return 1
    if (y === null) return -1
    return (x < y ? -1 : 1) * (order === 'asc' ? 1 : -1)
  })
}
