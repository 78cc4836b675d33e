/**
 * Reads the fields of a decoded OTLP message. Protobuf and JSON differ here alone: protobuf gives Buffers for ids and
 * bytes and leaves out zeros, JSON gives hex and base64 text and may write 64-bit integers as text or numbers.
 * Each function throws a FormatError for a value that can be neither.
 */
export class FormatError extends Error {
  override readonly name = 'FormatError'
}

export type Message = Readonly<Record<string, unknown>>

export function messageOf(value: unknown): Message {
  if (value === undefined || value === null) return {}
  if (typeof value === 'object' && !Array.isArray(value)) return value as Message
  throw new FormatError('an object is expected')
}

export function listOf(value: unknown): readonly Message[] {
  if (value === undefined || value === null) return []
  if (Array.isArray(value)) return value.map(messageOf)
  throw new FormatError('a list is expected')
}

export function textOf(value: unknown): string {
  if (value === undefined || value === null) return ''
  if (typeof value === 'string') return value
  throw new FormatError('a string is expected')
}

/** An unsigned integer that fits a number: counts, flags. */
export function countOf(value: unknown): number {
  const number = Number(value ?? 0)
  if (Number.isInteger(number) && number >= 0 && number <= 0xffff_ffff) return number
  throw new FormatError('an unsigned integer is expected')
}

/** The name of an enum's value; the first for a number that has none. */
export function enumOf<Name extends string>(value: unknown, names: readonly [Name, ...Name[]]): Name {
  const number = Number(value ?? 0)
  if (!Number.isInteger(number)) throw new FormatError('an integer is expected')
  return names[number] ?? names[0]
}

/** A 64-bit integer as decimal text, every digit kept. */
export function integerOf(value: unknown): string {
  if (value === undefined || value === null) return '0'
  if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value).toString()
  if (typeof value === 'string' && /^-?\d{1,20}$/.test(value)) return BigInt(value).toString()
  throw new FormatError('a 64-bit integer is expected')
}

/** A time in epoch nanoseconds, as decimal text. */
export function timeOf(value: unknown): string {
  const text = integerOf(value)
  if (text.startsWith('-')) throw new FormatError('a time is expected')
  return text
}

/** An id as lower-case hex digits; empty when there is none. */
export function idOf(value: unknown): string {
  if (value === undefined || value === null) return ''
  if (Buffer.isBuffer(value)) return value.toString('hex')
  if (typeof value === 'string' && /^[0-9a-fA-F]*$/.test(value)) return value.toLowerCase()
  throw new FormatError('hex digits are expected')
}
