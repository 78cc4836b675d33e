import type { LensSegment, LensSpan, TraceLenses } from '../../contracts/sandbox/lenses.ts'
import type { Attributes } from '../../contracts/sandbox/trace.ts'
import { criticalPath } from '../trace/critical-path.ts'
import { recordOf } from '../trace/occurrence.ts'
import { linkRows } from '../trace/row-links.ts'
import { type PlacedRow, placeRows, type Row, segmentRows, spanRows } from '../trace/rows.ts'
import { callName, type RouteOf, routeFinder, withoutIds, withoutLiterals } from './span-name.ts'

/** The lenses that have a tree of spans. */
export type PathLens = 'honeycomb' | 'xray'

/** A span or a segment, with what its line in a comparison is found by: service, kind and name. */
export interface PathSpan {
  readonly id: string
  readonly service: string
  readonly kind: string
  /** What it does, without ids and literals, so that it is the same in every trace. */
  readonly name: string
  /** 0 for a root. */
  readonly depth: number
  /** It has a parent that has not arrived. */
  readonly isOrphan: boolean
  readonly isError: boolean
  readonly isInProgress: boolean
  /** Milliseconds on the trace's axis. */
  readonly startMs: number
  readonly endMs: number
  /** For how long the whole request waited for it, without its children. ms */
  readonly criticalMs: number
}

/** The root that took longest, which the critical path follows too; -1 without spans. */
export function mainRoot(spans: readonly PathSpan[]): number {
  let main = -1
  let longestMs = Number.NEGATIVE_INFINITY
  for (const [index, { depth, startMs, endMs }] of spans.entries()) {
    if (depth !== 0 || endMs - startMs <= longestMs) continue
    main = index
    longestMs = endMs - startMs
  }
  return main
}

/** The routes that the spans and segments of traces name. A client's call has the same name in both traces by them. */
export function routesOf(traces: readonly TraceLenses[]): RouteOf {
  const routes = traces.flatMap(({ spans, segments }) => [
    ...spans.map(({ attributes }) => text(attributes['http.route'])),
    ...segments.map(({ fields }) => text(recordOf(fields.annotations).http_route)),
  ])
  return routeFinder(routes.filter((route) => route !== ''))
}

/** The spans or segments of one lens, parents before their children, siblings by start. */
export function pathSpans(trace: TraceLenses, lens: PathLens, routeOf: RouteOf): PathSpan[] {
  const rows = lens === 'xray' ? segmentRows(trace) : spanRows(trace, false)
  const named = new Map<string, { readonly kind: string; readonly name: string }>()
  const sqlNames = new Map<string, string>()
  const names: Names = { routeOf, sqlOf: (sql) => remembered(sqlNames, sql, withoutLiterals) }
  if (lens === 'xray') for (const segment of trace.segments) named.set(segment.id, ofSegment(segment, names))
  else for (const span of trace.spans) named.set(span.id, { kind: span.kind, name: spanName(span, names) })
  const links = linkRows(rows)
  const critical = criticalPath(links)
  return placeRows(links).map((row) => pathSpan(row, named.get(row.id), criticalMsOf(critical, row)))
}

function pathSpan(
  row: PlacedRow,
  { kind, name } = { kind: '', name: row.label },
  criticalMs: number,
): PathSpan {
  const { id, service, depth, isOrphan, isError, isInProgress, startMs, endMs } = row
  return { id, service, kind, name, depth, isOrphan, isError, isInProgress, startMs, endMs, criticalMs }
}

function criticalMsOf(critical: ReturnType<typeof criticalPath>, { id }: Row): number {
  return critical.get(id)?.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0) ?? 0
}

interface Names {
  readonly routeOf: RouteOf
  readonly sqlOf: (sql: string) => string
}

/**
 * What a span does, by its attributes of today's and of earlier semantic conventions.
 * Source: https://opentelemetry.io/docs/specs/semconv/http/http-spans/, https://opentelemetry.io/docs/specs/semconv/database/
 */
function spanName({ name, attributes, kind }: LensSpan, { routeOf, sqlOf }: Names): string {
  const sql = first(attributes, 'db.query.text', 'db.statement')
  if (sql) return sqlOf(sql)
  const method = first(attributes, 'http.request.method', 'http.method')
  const route = first(attributes, 'http.route', 'url.template')
  if (kind === 'SERVER') {
    const path = route || first(attributes, 'url.path', 'http.target')
    return method && path ? `${method} ${route || routeOf(path.split('?')[0] ?? '')}` : withoutIds(name)
  }
  const url = first(attributes, 'url.full', 'http.url')
  if (method && (route || url)) return route ? `${method} ${route}` : callName(method, url, routeOf)
  return withoutIds(name)
}

/** X-Ray has neither kinds nor names of operations: they follow from the fields of the document. */
function ofSegment({ name, isSubsegment, fields }: LensSegment, { routeOf, sqlOf }: Names) {
  const kind = isSubsegment ? text(fields.namespace) || 'subsegment' : 'segment'
  const sql = text(recordOf(fields.sql).sanitized_query)
  if (sql) return { kind, name: sqlOf(sql) }
  const request = recordOf(recordOf(fields.http).request)
  const [method, url] = [text(request.method), text(request.url)]
  const route = isSubsegment ? '' : text(recordOf(fields.annotations).http_route)
  if (method && route) return { kind, name: `${method} ${route}` }
  const operation = text(recordOf(fields.aws).operation)
  if (method && url) return { kind, name: callName(method, url, routeOf) }
  return { kind, name: withoutIds(operation ? `${name} ${operation}` : name) }
}

/** The first of these attributes that has a text; empty if none has. */
function first(attributes: Attributes, ...names: readonly string[]): string {
  for (const name of names) {
    const value = text(attributes[name])
    if (value) return value
  }
  return ''
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function remembered(known: Map<string, string>, key: string, make: (key: string) => string): string {
  const before = known.get(key)
  if (before !== undefined) return before
  const made = make(key)
  known.set(key, made)
  return made
}
