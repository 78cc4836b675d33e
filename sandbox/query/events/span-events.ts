import type { ColumnValue } from '../../../contracts/sandbox/query.ts'
import { honeycombTraceId } from '../../honeycomb/ids.ts'
import { eachColumn, eachSharedColumn } from './attribute-columns.ts'
import type { Column } from './column.ts'
import type { EventTable } from './event-table.ts'
import {
  millisecondsBetween,
  type OtlpScope,
  type OtlpSpan,
  type ResourceSpans,
  toMilliseconds,
} from './otlp.ts'
import { adjustedCountOf, type SAMPLE_RATE_COLUMNS, sampleRateOf } from './sample-rate.ts'

const KINDS = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer']
const STATUS_ERROR = 2
/** Attributes of an exception event that its span gets too, so that errors can be asked for with their spans. */
const EXCEPTION_COLUMNS = ['exception.message', 'exception.type', 'exception.stacktrace', 'exception.escaped']

type Rates = { [Name in (typeof SAMPLE_RATE_COLUMNS)[number]]?: ColumnValue }

/** The columns of a resource and a scope, encoded once for all their spans. */
interface Shared {
  readonly cells: readonly { readonly column: Column; readonly code: number }[]
  readonly rates: Rates
  /** False where a bound kept columns out. */
  readonly isWhole: boolean
}

/** Which row of the store the events come from. */
export interface ChunkOrigin {
  readonly row: number
  readonly dataset: string
}

/**
 * Adds an event for each span, each of its events and each of its links, with the columns that Honeycomb makes of them. Of
 * a column that is there twice, the span's attribute counts, then the scope's, then the resource's, then the one from
 * OTLP's own fields.
 *
 * Source: https://github.com/honeycombio/husky/blob/main/otlp/traces.go
 */
export function addSpans(table: EventTable, origin: ChunkOrigin, all: readonly ResourceSpans[]): void {
  for (const resource of all) {
    for (const scope of resource.scopes) {
      const shared = sharedColumns(table, resource, scope)
      for (const span of scope.spans) addSpan(table, origin, shared, span)
    }
  }
}

function sharedColumns(table: EventTable, resource: ResourceSpans, scope: OtlpScope): Shared {
  const cells: { column: Column; code: number }[] = []
  const rates: Rates = {}
  let isWhole = true
  eachSharedColumn(resource, scope, (name, value) => {
    if (isRate(name)) rates[name] = value
    const column = table.columnFor(name)
    const code = column?.encode(value)
    if (column && code !== undefined) cells.push({ column, code })
    else isWhole = false
  })
  return { cells, rates, isWhole }
}

function addSpan(table: EventTable, origin: ChunkOrigin, shared: Shared, span: OtlpSpan): void {
  const startMs = toMilliseconds(span.start)
  const row = table.add('spans', origin.row, origin.dataset, startMs, 1)
  if (row === undefined) return
  const kind = KINDS[span.kind] ?? 'unspecified'
  const durationMs = millisecondsBetween(span.start, span.end)
  const isError = span.statusCode === STATUS_ERROR
  const put = (name: string, value: ColumnValue) => table.put(row, name, value)
  put('trace.trace_id', honeycombTraceId(span.traceId))
  put('trace.span_id', span.spanId)
  put('type', kind)
  put('span.kind', kind)
  put('name', span.name)
  put('status_code', span.statusCode)
  put('span.num_links', span.links.length)
  put('span.num_events', span.events.length)
  put('meta.signal_type', 'trace')
  const hasTimes = startMs > 0 && toMilliseconds(span.end) > 0
  put('duration_ms', hasTimes ? Math.max(0, durationMs) : 0)
  if (hasTimes && durationMs < 0) put('meta.invalid_duration', true)
  if (span.parentSpanId) put('trace.parent_id', span.parentSpanId)
  if (isError) put('error', true)
  if (span.statusMessage) put('status_message', span.statusMessage)
  if (span.traceState) put('trace.trace_state', span.traceState)
  putShared(table, row, shared, true)
  const rates = { ...shared.rates }
  eachColumn(span.attributes, (name, value) => {
    if (isRate(name)) rates[name] = value
    else put(name, value)
  })
  const { sampleRate, SampleRate } = rates
  const sent = sampleRate ?? SampleRate
  const weight = sent === undefined ? (adjustedCountOf(span.traceState) ?? 1) : sampleRateOf(sent)
  table.setWeight(row, weight)
  if (sampleRate !== undefined && SampleRate !== undefined) put('SampleRate', SampleRate)
  addExceptionColumns(table, row, span)

  const common = (eventRow: number, annotation: 'span_event' | 'link') => {
    table.put(eventRow, 'trace.trace_id', honeycombTraceId(span.traceId))
    table.put(eventRow, 'trace.parent_id', span.spanId)
    table.put(eventRow, 'parent_name', span.name)
    table.put(eventRow, 'meta.annotation_type', annotation)
    table.put(eventRow, 'meta.signal_type', 'trace')
  }
  for (const event of span.events) {
    const eventRow = table.add('spans', origin.row, origin.dataset, toMilliseconds(event.time), weight)
    if (eventRow === undefined) continue
    common(eventRow, 'span_event')
    table.put(eventRow, 'name', event.name)
    const sinceMs = millisecondsBetween(span.start, event.time)
    table.put(eventRow, 'meta.time_since_span_start_ms', Math.max(0, sinceMs))
    if (sinceMs < 0) table.put(eventRow, 'meta.invalid_time_since_span_start', true)
    putShared(table, eventRow, shared, false)
    eachColumn(event.attributes, (name, value) => table.put(eventRow, name, value))
    if (isError) table.put(eventRow, 'error', true)
  }
  for (const link of span.links) {
    const linkRow = table.add('spans', origin.row, origin.dataset, startMs, weight)
    if (linkRow === undefined) continue
    common(linkRow, 'link')
    table.put(linkRow, 'trace.link.trace_id', honeycombTraceId(link.traceId))
    table.put(linkRow, 'trace.link.span_id', link.spanId)
    putShared(table, linkRow, shared, false)
    eachColumn(link.attributes, (name, value) => table.put(linkRow, name, value))
    if (isError) table.put(linkRow, 'error', true)
  }
}

function isRate(name: string): name is (typeof SAMPLE_RATE_COLUMNS)[number] {
  return name === 'sampleRate' || name === 'SampleRate'
}

/** A span's sample rate is read from its attributes and removed from them; its events and links keep theirs. */
function putShared(table: EventTable, row: number, shared: Shared, isSpan: boolean): void {
  if (!shared.isWhole) table.markTruncated(row)
  for (const { column, code } of shared.cells) {
    if (isSpan && isRate(column.name)) continue
    if (!column.putCode(row, code)) table.markTruncated(row)
  }
}

/** Gives a span the attributes of its first exception event that it does not have itself. */
function addExceptionColumns(table: EventTable, row: number, span: OtlpSpan): void {
  for (const event of span.events) {
    if (event.name !== 'exception') continue
    eachColumn(event.attributes, (name, value) => {
      if (!EXCEPTION_COLUMNS.includes(name)) return
      if ((table.column(name)?.codeAt(row) ?? 0) === 0) table.put(row, name, value)
    })
  }
}
