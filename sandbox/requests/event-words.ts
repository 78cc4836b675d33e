import { honeycombTraceId, storedTraceId } from '../honeycomb/ids.ts'
import type { Column } from '../query/events/column.ts'
import type { EventTable } from '../query/events/event-table.ts'
import type { CheckDeadline } from '../read-thread/deadline.ts'
import type { TraceTable } from './trace-table.ts'
import { bitsInName, bitsInValue, type Word, wordsForValues } from './words.ts'

/** Columns that are made of OTLP's own fields, and of which most are in every event. */
const NOT_SEARCHED = new Set([
  ...['trace.trace_id', 'trace.span_id', 'trace.parent_id', 'trace.trace_state', 'trace.link.trace_id'],
  ...['trace.link.span_id', 'type', 'span.kind', 'status_code', 'span.num_links', 'span.num_events'],
  ...['duration_ms', 'flags', 'severity_code', 'parent_name'],
])
/** Columns of which the values are searched, but which are no attributes. */
const FIELDS = new Set(['name', 'body', 'severity', 'severity_text', 'status_message', 'event.name'])

/** Adds the bits of the words that are in the spans and log records of traces. `only` names some slots. */
export function findInEvents(
  words: readonly Word[],
  events: EventTable,
  traces: TraceTable,
  bits: Uint32Array,
  check: CheckDeadline,
  only: ReadonlySet<number> | undefined,
): void {
  const ids = events.column('trace.trace_id')
  if (!ids) return
  const all = events.rows()
  const slots = slotsOf(ids, all, traces, only)
  const rows = all.filter((_, index) => slots[index] !== NO_SLOT)
  const slotOf = slots.filter((slot) => slot !== NO_SLOT)
  const codes = new Uint32Array(rows.length)
  for (const column of events.columns()) {
    const { name } = column
    if (NOT_SEARCHED.has(name) || name.startsWith('meta.')) continue
    check()
    column.of(rows, codes)
    const byCode = bitsByCode(words, column, codes, FIELDS.has(name) ? 0 : bitsInName(words, name))
    for (let index = 0; index < codes.length; index++) {
      const found = byCode[codes[index] as number] as number
      if (found !== 0) bits[slotOf[index] as number] = (bits[slotOf[index] as number] as number) | found
    }
  }
}

const NO_SLOT = 0xffff_ffff

/** The slot of each row's trace. */
function slotsOf(
  ids: Column,
  rows: Uint32Array,
  traces: TraceTable,
  only: ReadonlySet<number> | undefined,
): Uint32Array {
  const { codes, dictionary } = ids.of(rows)
  const byCode = new Uint32Array(dictionary.size).fill(NO_SLOT)
  if (only) {
    for (const slot of only) {
      const code = dictionary.codeOf(honeycombTraceId(traces.traceId(slot)))
      if (code !== 0) byCode[code] = slot
    }
  } else {
    for (let code = 1; code < dictionary.size; code++) {
      byCode[code] = traces.slotOf(storedTraceId(String(dictionary.value(code))) ?? '') ?? NO_SLOT
    }
  }
  return codes.map((code) => byCode[code] as number)
}

/** The bits of each code that is in `codes`; of others, 0. Code 0 is no value. */
function bitsByCode(words: readonly Word[], column: Column, codes: Uint32Array, inName: number): Uint32Array {
  const { dictionary } = column
  const forValues = wordsForValues(words, column.name)
  const byCode = new Uint32Array(dictionary.size)
  const isKnown = new Uint8Array(dictionary.size)
  isKnown[0] = 1
  for (let index = 0; index < codes.length; index++) {
    const code = codes[index] as number
    if (isKnown[code] === 1) continue
    isKnown[code] = 1
    const value = dictionary.value(code)
    if (value !== null) byCode[code] = inName | bitsInValue(forValues, value)
  }
  return byCode
}
