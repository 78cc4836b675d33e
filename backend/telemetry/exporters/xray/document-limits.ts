import type { Attributes } from '@opentelemetry/api'
import type { ReadableSpan, TimedEvent } from '@opentelemetry/sdk-trace'
import { cutText } from './document-fields.ts'

/**
 * Bytes of the largest document. X-Ray accepts 64 KB and a datagram holds 65,507 bytes, with the daemon's header; macOS
 * allows 9,216 by default (`net.inet.udp.maxdgram`).
 */
export const MAX_DOCUMENT_BYTES = process.platform === 'darwin' ? 9_000 : 63 * 1024
/** Of a span's exceptions the last ones are sent: the one that ended the span is the last. */
const MAX_EXCEPTIONS = 10
/** Values of attributes may be nested; deeper ones are replaced by `…`. */
const MAX_NESTING = 8
/** Attributes' keys that documents have fields for are shorter, and are never cut. */
const MIN_KEY = 64

/**
 * The lengths at which all texts of a span are cut, in characters, from not at all to almost everything. A document is
 * made with one after another until it fits, so that the largest texts are cut first. With 0 only ids, times, flags and the
 * ESSENTIAL attributes remain, which always fit.
 */
const TEXT_LIMITS = [Number.POSITIVE_INFINITY, ...Array.from({ length: 13 }, (_, i) => 2 ** (16 - i)), 0]
/** The first of the limits that cuts anything: with it, and those before it, every text of a document is whole. */
export const FIRST_CUT = 2 ** 15

/** The span's exceptions that are sent, in the order of time, and how many earlier ones are not. */
export function exceptionsOf({ events }: ReadableSpan): {
  exceptions: readonly TimedEvent[]
  earlier: number
} {
  if (events.length === 0) return { exceptions: events, earlier: 0 }
  const all = events.filter(({ name }) => name === 'exception')
  return { exceptions: all.slice(-MAX_EXCEPTIONS), earlier: Math.max(0, all.length - MAX_EXCEPTIONS) }
}

/**
 * The limits to try for a span. Those with which its document would surely be too large are left out, so that no text of
 * many megabytes is ever serialized.
 */
export function textLimitsFor(span: ReadableSpan): readonly number[] {
  if (isSmall(span)) return TEXT_LIMITS
  const sizes = sizesOf(span)
  const fits = (limit: number) =>
    sizes.reduce((total, size) => total + Math.min(size, limit), 0) <= MAX_DOCUMENT_BYTES
  const first = TEXT_LIMITS.findIndex((limit, index) => index > 0 && fits(limit))
  return TEXT_LIMITS.slice(first)
}

/** A view of the span whose texts are cut at `limit` characters. A list or map holds as many characters. */
export function trimSpan(span: ReadableSpan, limit: number): ReadableSpan {
  const cut = (attributes: Attributes) =>
    Object.fromEntries(
      Object.entries(attributes).map(([key, value]) => [
        cutText(key, Math.max(limit, MIN_KEY)),
        copyWithin(value, { left: limit }),
      ]),
    )
  const { exceptions, earlier } = exceptionsOf(span)
  const events = exceptions.map((event) => ({ ...event, attributes: cut(event.attributes ?? {}) }))
  // Placeholders for the exceptions that are not sent, which are counted.
  const left = Array.from({ length: earlier }, () => ({ name: 'exception' }))
  return Object.create(span, {
    name: { value: cutText(span.name, limit) },
    attributes: { value: limit === 0 ? essential(span.attributes) : cut(span.attributes) },
    events: { value: limit === 0 ? [] : [...left, ...events] },
    resource: { value: { attributes: limit === 0 ? {} : cut(span.resource.attributes) } },
  }) as ReadableSpan
}

/** Whether the span is far from any limit, as almost all are. Values that are lists or maps have to be measured. */
function isSmall(span: ReadableSpan): boolean {
  let size = span.name.length
  for (const key in span.attributes) {
    const value = span.attributes[key]
    if (typeof value === 'object') return false
    size += key.length + (typeof value === 'string' ? value.length : 0)
  }
  for (const { attributes = {} } of span.events) {
    for (const key in attributes) size += String(attributes[key]).length
  }
  return size < MAX_DOCUMENT_BYTES / 4
}

/** The lengths of all texts of a span, each up to MAX_DOCUMENT_BYTES. */
function sizesOf(span: ReadableSpan): number[] {
  const sizes = (attributes: Attributes = {}) =>
    Object.entries(attributes).flatMap(([key, value]) => {
      const room = { left: MAX_DOCUMENT_BYTES }
      copyWithin(value, room)
      return [key.length, MAX_DOCUMENT_BYTES - room.left]
    })
  const { exceptions } = exceptionsOf(span)
  return [
    span.name.length,
    ...sizes(span.attributes),
    ...exceptions.flatMap((event) => sizes(event.attributes)),
  ]
}

/** Characters of a member of a list or map besides its text: quotation marks and a comma. */
const PER_MEMBER = 3

/**
 * Copies a value of an attribute, as far as there is room, in characters. Bytes become base64, as in OTLP's JSON.
 * Source of the types: https://opentelemetry.io/docs/specs/otel/common/#anyvalue
 */
function copyWithin(value: unknown, room: { left: number }, depth = 0): unknown {
  if (typeof value === 'string') return copyText(value, room)
  if (value instanceof Uint8Array) return copyText(toBase64(value, room.left), room)
  if (typeof value !== 'object' || value === null) {
    room.left -= 8
    return value
  }
  if (depth === MAX_NESTING) return '…'
  if (Array.isArray(value)) {
    const members: unknown[] = []
    for (const member of value) {
      if (room.left <= 0) break
      room.left -= PER_MEMBER
      members.push(copyWithin(member, room, depth + 1))
    }
    return members
  }
  const members: [string, unknown][] = []
  for (const [key, member] of Object.entries(value)) {
    if (room.left <= 0) break
    room.left -= PER_MEMBER
    members.push([copyText(key, room), copyWithin(member, room, depth + 1)])
  }
  return Object.fromEntries(members)
}

function copyText(text: string, room: { left: number }): string {
  const copy = cutText(text, Math.max(0, room.left))
  room.left -= copy.length
  return copy
}

function toBase64(bytes: Uint8Array, length: number): string {
  return Buffer.from(bytes.subarray(0, Math.max(0, length))).toString('base64')
}

/** The attributes that decide about a record's name, flags and blocks. */
const ESSENTIAL = [
  'http.request.method',
  'http.response.status_code',
  'server.address',
  'server.port',
  'db.system.name',
]

function essential(attributes: Attributes): Attributes {
  return Object.fromEntries(
    ESSENTIAL.map((key) => [key, copyWithin(attributes[key], { left: MIN_KEY })] as const).filter(
      ([, value]) => value !== undefined,
    ),
  ) as Attributes
}
