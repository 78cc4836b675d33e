import { FormatError, integerOf, listOf, type Message, messageOf, textOf } from './fields.ts'

/** Deeper than any SDK nests; what comes deeper is made to exhaust the stack. */
const MAX_DEPTH = 64

export type Attribute =
  | string
  | number
  | boolean
  | null
  | readonly Attribute[]
  | { readonly [key: string]: Attribute }

/**
 * An AnyValue as JSON. What JSON's numbers cannot hold stays whole as text: integers beyond 2^53, NaN and the
 * infinities. Bytes are `{"bytesValue": "<base64>"}`, so that they are not taken for a string.
 */
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

/** A list of KeyValue as one object; of a key that comes twice the last value stays. */
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
