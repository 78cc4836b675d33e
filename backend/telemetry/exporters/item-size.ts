import type { Attributes } from '@opentelemetry/api'
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs'
import type { ReadableSpan } from '@opentelemetry/sdk-trace'

/** What a value costs besides its text. */
const PER_VALUE = 8
/** A list may hold lists. */
const MAX_DEPTH = 3

/** About how many characters a span has to encode, without encoding it. */
export function sizeOfSpan({ name, attributes, events, links }: ReadableSpan): number {
  let size = name.length + sizeOfAttributes(attributes)
  for (const event of events) size += event.name.length + sizeOfAttributes(event.attributes ?? {})
  for (const link of links) size += sizeOfAttributes(link.attributes ?? {})
  return size
}

/** The same for a log record. */
export function sizeOfRecord({ body, attributes }: ReadableLogRecord): number {
  return sizeOfValue(body, 0) + sizeOfAttributes(attributes as Attributes)
}

function sizeOfAttributes(attributes: Attributes): number {
  let size = 0
  for (const key in attributes) size += key.length + sizeOfValue(attributes[key], 0)
  return size
}

function sizeOfValue(value: unknown, depth: number): number {
  if (typeof value === 'string') return PER_VALUE + value.length
  if (typeof value !== 'object' || value === null || depth === MAX_DEPTH) return PER_VALUE
  if (ArrayBuffer.isView(value)) return PER_VALUE + value.byteLength
  let size = PER_VALUE
  for (const member of Object.values(value)) size += sizeOfValue(member, depth + 1)
  return size
}
