import type { ColumnValue } from '../../../contracts/sandbox/query.ts'
import type { LogRecord } from '../../../contracts/sandbox/trace.ts'
import { honeycombTraceId } from '../../honeycomb/ids.ts'
import { eachColumn, eachSharedColumn, flatten, jsonOf } from './attribute-columns.ts'
import type { EventTable } from './event-table.ts'
import { toPairs } from './otlp.ts'
import { SAMPLE_RATE_COLUMNS, sampleRateOf } from './sample-rate.ts'

/** OTLP's severity numbers 1 to 24, four for each name. */
const SEVERITIES = ['trace', 'debug', 'info', 'warn', 'error', 'fatal']

/**
 * Adds an event for a log record, with the columns that Honeycomb makes of it. Its time is the record's, or where it has
 * none the time at which it was observed.
 *
 * Source: https://github.com/honeycombio/husky/blob/main/otlp/logs.go
 */
export function addLog(table: EventTable, row: number, record: LogRecord): void {
  const nanoseconds = record.timeUnixNano === '0' ? record.observedTimeUnixNano : record.timeUnixNano
  const columns = new Map<string, ColumnValue>()
  const put = (name: string, value: ColumnValue) => void columns.set(name, value)
  const { severityNumber: number } = record
  put('severity', (number >= 1 && SEVERITIES[Math.floor((number - 1) / 4)]) || 'unspecified')
  put('severity_code', number)
  put('meta.signal_type', 'log')
  put('flags', record.flags)
  if (record.traceId) {
    put('trace.trace_id', honeycombTraceId(record.traceId))
    put('meta.annotation_type', 'span_event')
  }
  if (record.spanId) put('trace.parent_id', record.spanId)
  if (record.severityText) put('severity_text', record.severityText)
  if (record.eventName) put('event.name', record.eventName)
  if (record.body !== null) {
    flatten('body', record.body, 0, put)
    if (!columns.has('body')) put('body', jsonOf(record.body))
  }
  const resource = { attributes: toPairs(record.resource), schemaUrl: record.resourceSchemaUrl }
  eachSharedColumn(resource, { ...record.scope, attributes: toPairs(record.scope.attributes) }, put)
  eachColumn(toPairs(record.attributes), put)
  const rateColumn = SAMPLE_RATE_COLUMNS.find((name) => columns.has(name))
  const weight = rateColumn ? sampleRateOf(columns.get(rateColumn) as ColumnValue) : 1
  if (rateColumn) columns.delete(rateColumn)
  const added = table.add('logs', row, record.dataset, Number(BigInt(nanoseconds)) / 1e6, weight)
  if (added === undefined) return
  for (const [name, value] of columns) table.put(added, name, value)
}
