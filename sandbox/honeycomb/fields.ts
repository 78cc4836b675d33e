import type { Attribute } from '../../contracts/sandbox/trace.ts'

// These functions read the fields of a decoded OTLP message, which differ between protobuf and JSON. Protobuf has Buffers
// for bytes and leaves out zeros. JSON has base64 text, names of enums, and 64-bit integers as text or numbers. Each
// function throws a FormatError for a value that fits neither.

/** A value has another type than its field; the message says what was expected. */
export class FormatError extends Error {
  override readonly name = 'FormatError'
}

export type Message = Readonly<Record<string, unknown>>

export function messageOf(value: unknown): Message {
  if (!isSet(value)) return {}
  if (typeof value === 'object' && !Array.isArray(value)) return value as Message
  throw new FormatError('an object is expected')
}

export function listOf(value: unknown): readonly Message[] {
  return arrayOf(value).map(messageOf)
}

export function arrayOf(value: unknown): readonly unknown[] {
  if (!isSet(value)) return []
  if (Array.isArray(value)) return value
  throw new FormatError('a list is expected')
}

export function textOf(value: unknown): string {
  if (!isSet(value)) return ''
  if (typeof value === 'string') return value
  throw new FormatError('a string is expected')
}

/** An unsigned integer that fits a number: counts, flags. */
export function countOf(value: unknown): number {
  const number = Number(value ?? 0)
  if (Number.isInteger(number) && number >= 0 && number <= 0xffff_ffff) return number
  throw new FormatError('an unsigned integer is expected')
}

/**
 * The name of an enum's value; the first name for an unknown one. JSON has its number, or `prefix` and its name.
 *
 * Source: https://github.com/honeycombio/husky/blob/main/otlp/traces_direct_json.go
 */
export function enumOf<Name extends string>(
  value: unknown,
  names: readonly [Name, ...Name[]],
  prefix: string,
): Name {
  if (typeof value === 'string' && /^[A-Z]/.test(value))
    return names.find((name) => value === `${prefix}${name}`) ?? names[0]
  const number = Number(value ?? 0)
  if (!Number.isInteger(number)) throw new FormatError('an integer is expected')
  return names[number] ?? names[0]
}

/** A 64-bit integer in decimal digits. Numbers in JSON are exact up to 2^53. */
function integerOf(value: unknown): string {
  if (!isSet(value)) return '0'
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

/** The deepest nesting of values: more than SDKs send, and too little to overflow the stack. */
const MAX_DEPTH = 64

/** Converts an AnyValue; `Attribute` describes the values that JSON cannot represent. */
export function attributeOf(value: Message, depth = 0): Attribute {
  if (depth > MAX_DEPTH) throw new FormatError(`values are nested deeper than ${MAX_DEPTH}`)
  const { stringValue, boolValue, intValue, doubleValue, arrayValue, kvlistValue, bytesValue } = value
  if (isSet(stringValue)) return textOf(stringValue)
  if (isSet(boolValue)) {
    if (typeof boolValue === 'boolean') return boolValue
    throw new FormatError('a boolean is expected')
  }
  if (isSet(intValue)) return numberOrText(integerOf(intValue))
  if (isSet(doubleValue)) return doubleOf(doubleValue)
  if (isSet(arrayValue)) {
    return listOf(messageOf(arrayValue).values).map((item) => attributeOf(item, depth + 1))
  }
  if (isSet(kvlistValue)) return attributesOf(messageOf(kvlistValue).values, depth + 1)
  if (isSet(bytesValue)) {
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

function isSet(value: unknown): boolean {
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
