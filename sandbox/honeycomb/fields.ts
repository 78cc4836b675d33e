import type { Attribute } from '../../contracts/sandbox/trace.ts'
/**
 * These functions read the fields of a decoded OTLP message, which differ between protobuf and JSON. Protobuf has Buffers
 * for ids and bytes and leaves out zeros. JSON has hex and base64 text, and 64-bit integers as text or numbers. Each
 * function throws a FormatError for a value that fits neither. Its message is the reason.
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

/** The name of an enum's value; the first name for an unknown number. */
export function enumOf<Name extends string>(value: unknown, names: readonly [Name, ...Name[]]): Name {
  const number = Number(value ?? 0)
  if (!Number.isInteger(number)) throw new FormatError('an integer is expected')
  return names[number] ?? names[0]
}

/** A 64-bit integer in decimal digits, without loss. */
function integerOf(value: unknown): string {
  if (value === undefined || value === null) return '0'
  if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value).toString()
  if (typeof value === 'string' && /^-?\d{1,20}$/.test(value)) return BigInt(value).toString()
  throw new FormatError('a 64-bit integer is expected')
}

/** Epoch nanoseconds in decimal digits. */
export function timeOf(value: unknown): string {
  const text = integerOf(value)
  if (text.startsWith('-')) throw new FormatError('a time is expected')
  return text
}

/** An id in lower-case hex digits; empty for an absent one. */
export function idOf(value: unknown): string {
  if (value === undefined || value === null) return ''
  if (Buffer.isBuffer(value)) return value.toString('hex')
  if (typeof value === 'string' && /^[0-9a-fA-F]*$/.test(value)) return value.toLowerCase()
  throw new FormatError('hex digits are expected')
}

/** Deeper than SDKs nest values, and far below the size of the stack. */
const MAX_DEPTH = 64

/** An AnyValue as an Attribute, which describes what JSON has no numbers or strings for. */
export function attributeOf(value: Message, depth = 0): Attribute {
  if (depth > MAX_DEPTH) throw new FormatError(`values are nested deeper than ${MAX_DEPTH}`)
  const { stringValue, boolValue, intValue, doubleValue, arrayValue, kvlistValue, bytesValue } = value
  if (isThere(stringValue)) return textOf(stringValue)
  if (isThere(boolValue)) {
    if (typeof boolValue === 'boolean') return boolValue
    throw new FormatError('a boolean is expected')
  }
  if (isThere(intValue)) return numberOrText(integerOf(intValue))
  if (isThere(doubleValue)) return doubleOf(doubleValue)
  if (isThere(arrayValue)) {
    return listOf(messageOf(arrayValue).values).map((item) => attributeOf(item, depth + 1))
  }
  if (isThere(kvlistValue)) return attributesOf(messageOf(kvlistValue).values, depth + 1)
  if (isThere(bytesValue)) {
    const text = Buffer.isBuffer(bytesValue) ? bytesValue.toString('base64') : textOf(bytesValue)
    return { bytesValue: text }
  }
  return null
}

/** A list of KeyValue as one object. Of a repeated key, the last value counts. */
export function attributesOf(value: unknown, depth = 0): Record<string, Attribute> {
  return Object.fromEntries(
    listOf(value).map((pair) => [textOf(pair.key), attributeOf(messageOf(pair.value), depth)]),
  )
}

function isThere(value: unknown): boolean {
  return value !== undefined && value !== null
}

function numberOrText(integer: string): Attribute {
  const number = Number(integer)
  return Number.isSafeInteger(number) ? number : integer
}

function doubleOf(value: unknown): Attribute {
  if (typeof value === 'string' && ['NaN', 'Infinity', '-Infinity'].includes(value)) return value
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  if (typeof number !== 'number' || (typeof value === 'string' && Number.isNaN(number))) {
    throw new FormatError('a number is expected')
  }
  return Number.isFinite(number) ? number : String(number)
}
