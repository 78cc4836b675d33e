import type { ColumnValue } from '../../contracts/sandbox/query.ts'
import type {
  AnyValue,
  KeyValue,
  LogsJson,
  ResourceJson,
  ScopeJson,
  SpanJson,
  TracesJson,
} from './otlp-json.ts'

// The events that Honeycomb makes of OTLP, written after its own code for obviousness alone, so that the sandbox's columns
// have something to be compared with. Source: https://github.com/honeycombio/husky, otlp/traces.go, logs.go and common.go.
//
// It differs from husky where the sandbox does:
// - JSON text has no newline at its end, which Go's encoder adds.
// - A sampling threshold that gives no whole number is kept exactly. husky rounds it up or down by chance.
// - A log record without a time has the time at which it was observed. At Honeycomb it has 1970.
// - A span that ends before it starts lasts 0 ms. husky's function for whole messages subtracts unsigned integers, so that
//   only its other decoder (traces_direct.go) notices.
//
// Not sent by the random requests, and different in the sandbox: a trace id keeps leading zeros, an id of zeros counts as
// none, and integers beyond 2^53, NaN and infinity are text.

type Columns = Readonly<Record<string, ColumnValue>>

export interface NaiveEvent {
  /** Epoch milliseconds. */
  readonly timeMs: number
  readonly sampleRate: number
  readonly dataset: string
  readonly fields: Columns
}

/** husky's bound for nested key-value lists: what is deeper becomes JSON text. */
const MAX_DEPTH = 5
const KINDS = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer']
const SEVERITIES = ['trace', 'debug', 'info', 'warn', 'error', 'fatal']
const STATUS_ERROR = 2
const MAX_INT_32 = 2 ** 31 - 1
const INSTRUMENTATION = [
  'io.opentelemetry',
  'opentelemetry.instrumentation',
  'OpenTelemetry.Instrumentation',
  'OpenTelemetry::Instrumentation',
  'go.opentelemetry.io/contrib/instrumentation',
  '@opentelemetry/instrumentation',
  'io.opentelemetry.contrib.php',
  'github.com/open-telemetry/opentelemetry-collector',
  '@honeycombio/',
]

/** The events of an ExportTraceServiceRequest in JSON: each span after its events and links. */
export function eventsOfTraces(request: TracesJson): NaiveEvent[] {
  return request.resourceSpans.flatMap((ofResource) => {
    const resource = resourceColumns(ofResource)
    const dataset = datasetOf(resource, 'unknown_service')
    return ofResource.scopeSpans.flatMap((ofScope) => {
      const shared = { ...resource, ...scopeColumns(ofScope) }
      return ofScope.spans.flatMap((span) => eventsOfSpan(span, shared, dataset))
    })
  })
}

function eventsOfSpan(span: SpanJson, shared: Columns, dataset: string): NaiveEvent[] {
  const isError = span.status?.code === STATUS_ERROR
  const kind = KINDS[span.kind ?? 0] ?? 'unspecified'
  const duration = millisecondsBetween(span.startTimeUnixNano, span.endTimeUnixNano)
  const { sampleRate, fields } = takeSampleRate(
    {
      'trace.trace_id': span.traceId,
      'trace.span_id': span.spanId,
      type: kind,
      'span.kind': kind,
      name: span.name,
      status_code: span.status?.code ?? 0,
      'span.num_links': span.links?.length ?? 0,
      'span.num_events': span.events?.length ?? 0,
      'meta.signal_type': 'trace',
      duration_ms: Math.max(duration, 0),
      ...(duration < 0 && { 'meta.invalid_duration': true }),
      ...(span.parentSpanId && { 'trace.parent_id': span.parentSpanId }),
      ...(isError && { error: true }),
      ...(span.status?.message && { status_message: span.status.message }),
      ...(span.traceState && { 'trace.trace_state': span.traceState }),
      ...shared,
      ...columnsOf(span.attributes),
    },
    span.traceState ?? '',
  )
  const common = {
    'trace.trace_id': span.traceId,
    'trace.parent_id': span.spanId,
    parent_name: span.name,
    'meta.signal_type': 'trace',
  }
  const rowOf = (timeNs: string, own: Columns): NaiveEvent => ({
    timeMs: Number(timeNs) / 1e6,
    sampleRate,
    dataset,
    fields: own,
  })
  const events = (span.events ?? []).map((event) => {
    const since = millisecondsBetween(span.startTimeUnixNano, event.timeUnixNano)
    return rowOf(event.timeUnixNano, {
      ...common,
      name: event.name,
      'meta.annotation_type': 'span_event',
      'meta.time_since_span_start_ms': Math.max(since, 0),
      ...(since < 0 && { 'meta.invalid_time_since_span_start': true }),
      ...shared,
      ...columnsOf(event.attributes),
      ...(isError && { error: true }),
    })
  })
  const links = (span.links ?? []).map((link) =>
    rowOf(span.startTimeUnixNano, {
      ...common,
      'trace.link.trace_id': link.traceId,
      'trace.link.span_id': link.spanId,
      'meta.annotation_type': 'link',
      ...shared,
      ...columnsOf(link.attributes),
      ...(isError && { error: true }),
    }),
  )
  return [...events, ...links, rowOf(span.startTimeUnixNano, { ...exceptionColumns(span), ...fields })]
}

/** The attributes of exceptions, which are copied to the span. The first one counts. */
function exceptionColumns(span: SpanJson): Columns {
  const found: Record<string, ColumnValue> = {}
  for (const event of span.events ?? []) {
    if (event.name !== 'exception') continue
    for (const { key, value } of event.attributes ?? []) {
      if (key in found) continue
      if (['exception.message', 'exception.type', 'exception.stacktrace'].includes(key))
        found[key] = value?.stringValue ?? ''
      if (key === 'exception.escaped') found[key] = value?.boolValue ?? false
    }
  }
  return found
}

/** The events of an ExportLogsServiceRequest in JSON. */
export function eventsOfLogs(request: LogsJson): NaiveEvent[] {
  return request.resourceLogs.flatMap((ofResource) => {
    const resource = resourceColumns(ofResource)
    const dataset = datasetOf(resource, 'unknown_log_source')
    return ofResource.scopeLogs.flatMap((ofScope) => {
      const shared = { ...resource, ...scopeColumns(ofScope) }
      return ofScope.logRecords.map((log): NaiveEvent => {
        const severity = log.severityNumber ?? 0
        const { sampleRate, fields } = takeSampleRate(
          {
            severity: SEVERITIES[Math.ceil(severity / 4) - 1] ?? 'unspecified',
            severity_code: severity,
            'meta.signal_type': 'log',
            flags: log.flags ?? 0,
            ...(log.traceId && { 'trace.trace_id': log.traceId, 'meta.annotation_type': 'span_event' }),
            ...(log.spanId && { 'trace.parent_id': log.spanId }),
            ...(log.severityText && { severity_text: log.severityText }),
            ...(log.eventName && { 'event.name': log.eventName }),
            ...bodyColumns(log.body),
            ...shared,
            ...columnsOf(log.attributes),
          },
          '',
        )
        const timeNs = Number(log.timeUnixNano ?? 0) || Number(log.observedTimeUnixNano ?? 0)
        return { timeMs: timeNs / 1e6, sampleRate, dataset, fields }
      })
    })
  })
}

function bodyColumns(body: AnyValue | undefined): Columns {
  if (!body) return {}
  const columns = flatten('body', body)
  return 'body' in columns ? columns : { ...columns, body: toJson(body) }
}

function resourceColumns({ resource, schemaUrl }: ResourceJson): Columns {
  return { ...columnsOf(resource?.attributes), ...(schemaUrl && { 'resource.schema_url': schemaUrl }) }
}

function scopeColumns({ scope, schemaUrl }: { scope?: ScopeJson; schemaUrl?: string }): Columns {
  const { name = '', version = '' } = scope ?? {}
  const isInstrumentation = INSTRUMENTATION.some((prefix) => name.startsWith(prefix))
  return {
    ...(name && { 'library.name': name }),
    ...(isInstrumentation && { 'telemetry.instrumentation_library': true }),
    ...(version && { 'library.version': version }),
    ...columnsOf(scope?.attributes),
    ...(schemaUrl && { 'scope.schema_url': schemaUrl }),
  }
}

function datasetOf(resource: Columns, unknown: string): string {
  const name = resource['service.name']
  if (typeof name !== 'string' || !name.trim() || name.startsWith('unknown_service')) return unknown
  return name.trim()
}

function columnsOf(attributes: readonly KeyValue[] = []): Columns {
  const columns: Record<string, ColumnValue> = {}
  for (const { key, value } of attributes) if (key && value) Object.assign(columns, flatten(key, value))
  return columns
}

function flatten(key: string, value: AnyValue, depth = 0): Columns {
  if (value.stringValue !== undefined) return { [key]: value.stringValue }
  if (value.boolValue !== undefined) return { [key]: value.boolValue }
  if (value.intValue !== undefined) return { [key]: Number(value.intValue) }
  if (value.doubleValue !== undefined) return { [key]: value.doubleValue }
  if (value.arrayValue !== undefined || value.bytesValue !== undefined) return { [key]: toJson(value) }
  if (value.kvlistValue === undefined) return {}
  if (depth >= MAX_DEPTH) return { [key]: toJson(value) }
  const columns: Record<string, ColumnValue> = {}
  for (const entry of value.kvlistValue.values)
    if (entry.value) Object.assign(columns, flatten(`${key}.${entry.key}`, entry.value, depth + 1))
  return columns
}

function toJson(value: AnyValue): string {
  return JSON.stringify(plainOf(value))
}

/** Bytes are base64 text, and keys are sorted, as Go's encoder writes them. */
function plainOf(value: AnyValue | undefined): unknown {
  if (value?.arrayValue) return value.arrayValue.values.map(plainOf)
  if (value?.kvlistValue) {
    const entries = value.kvlistValue.values.map(({ key, value: inner }) => [key, plainOf(inner)] as const)
    return Object.fromEntries([...new Map(entries)].toSorted(([a], [b]) => (a < b ? -1 : 1)))
  }
  if (value?.intValue !== undefined) return Number(value.intValue)
  return value?.stringValue ?? value?.boolValue ?? value?.doubleValue ?? value?.bytesValue ?? null
}

/** The sample rate of the columns or of the trace state, and the columns without it. */
function takeSampleRate(columns: Columns, traceState: string): { sampleRate: number; fields: Columns } {
  const key = ['sampleRate', 'SampleRate'].find((name) => name in columns)
  if (key === undefined) return { sampleRate: rateOfThreshold(traceState) ?? 1, fields: columns }
  const { [key]: given, ...fields } = columns
  return { sampleRate: rateOf(given), fields }
}

/** A whole number from 1. */
function rateOf(given: ColumnValue | undefined): number {
  const number = typeof given === 'boolean' || given === '' ? Number.NaN : Number(given)
  if (Number.isNaN(number) || number < 0.5) return 1
  return Math.min(Math.floor(number + 0.5), MAX_INT_32)
}

/** `ot=th:c`: of 2^56 random values those from `c` and zeros on are kept. The rate is the reciprocal of their share. */
function rateOfThreshold(traceState: string): number | undefined {
  const members = traceState.split(',').filter((member) => member.startsWith('ot='))
  const pairs = members.flatMap((member) => member.slice('ot='.length).split(';'))
  const threshold = pairs.find((pair) => pair.startsWith('th:'))?.slice('th:'.length)
  if (threshold === undefined || !/^[0-9a-f]{1,14}$/.test(threshold)) return undefined
  return 1 / (1 - Number.parseInt(threshold, 16) / 16 ** threshold.length)
}

function millisecondsBetween(startNs: string, endNs: string): number {
  return Number(BigInt(endNs) - BigInt(startNs)) / 1e6
}
