import { isUtf8 } from 'node:buffer'
import protobuf from 'protobufjs'
import { MESSAGES } from './schema.ts'

/**
 * Walks protobuf's wire format without making an object of it. What is accepted here is exactly what
 * `decodeProtobuf` decodes: the same reader, the same limits, the same indifference to unknown fields.
 *
 * Source: https://protobuf.dev/programming-guides/encoding/
 */
export type Reader = protobuf.Reader

interface FieldShape {
  readonly wireType: number
  readonly pass: (reader: Reader, depth: number) => void
}
type Shape = readonly (FieldShape | undefined)[]

const VARINT = 0
const FIXED64 = 1
const LENGTH_DELIMITED = 2
const FIXED32 = 5
const FIRST_NON_ASCII = 0x80

const bytes: FieldShape = {
  wireType: LENGTH_DELIMITED,
  pass: (reader) => void reader.skip(reader.size()),
}
const SCALARS: Readonly<Record<string, FieldShape>> = {
  string: { wireType: LENGTH_DELIMITED, pass: (reader) => void passText(reader) },
  bytes,
  bool: { wireType: VARINT, pass: (reader) => void reader.bool() },
  int32: { wireType: VARINT, pass: (reader) => void reader.int32() },
  uint32: { wireType: VARINT, pass: (reader) => void reader.uint32() },
  int64: { wireType: VARINT, pass: (reader) => void reader.int64() },
  double: { wireType: FIXED64, pass: (reader) => void reader.skip(8) },
  fixed64: { wireType: FIXED64, pass: (reader) => void reader.skip(8) },
  fixed32: { wireType: FIXED32, pass: (reader) => void reader.skip(4) },
}

const shapes = new Map<string, Shape>()

/** The fields of one of the schema's messages, by number. */
export function shapeOf(message: string): Shape {
  const known = shapes.get(message)
  if (known) return known
  const shape: (FieldShape | undefined)[] = []
  shapes.set(message, shape)
  for (const spec of Object.values(MESSAGES[message] ?? {})) {
    const [number = '', type = ''] = spec.replace('+', '').split(' ')
    shape[Number(number)] = SCALARS[type] ?? {
      wireType: LENGTH_DELIMITED,
      pass: (reader, depth) => checkMessage(reader, shapeOf(type), depth + 1),
    }
  }
  return shape
}

/** Reads over one field, whose tag has been read; `depth` counts the messages around it. Throws on what is malformed. */
export function passField(reader: Reader, shape: Shape, tag: number, depth: number): void {
  const field = shape[tag >>> 3]
  if (field?.wireType === (tag & 7)) field.pass(reader, depth)
  else reader.skipType(tag & 7, depth, tag >>> 3)
}

/** Reads over a string; gives its length in bytes. Throws where it is not UTF-8, as decoding it would. */
export function passText(reader: Reader): number {
  const length = reader.size()
  const from = reader.pos
  reader.skip(length)
  // Almost all of it is ASCII, which costs less to see than to hand over.
  for (let at = from; at < reader.pos; at++) {
    if ((reader.buf[at] ?? 0) < FIRST_NON_ASCII) continue
    if (!isUtf8(reader.buf.subarray(from, reader.pos))) throw new RangeError('a string is not UTF-8')
    break
  }
  return length
}

function checkMessage(reader: Reader, shape: Shape, depth: number): void {
  const outer = enter(reader, depth)
  while (reader.pos < reader.len) passField(reader, shape, reader.tag(), depth)
  leave(reader, outer)
}

/** Narrows the reader to the message whose length comes next; gives what `leave` needs to widen it again. */
export function enter(reader: Reader, depth: number): number {
  if (depth > protobuf.Reader.recursionLimit) throw new RangeError('max depth exceeded')
  const end = reader.size() + reader.pos
  const outer = reader.len
  if (end > outer) throw new RangeError('index out of range')
  reader.len = end
  return outer
}

export function leave(reader: Reader, outer: number): void {
  reader.len = outer
}
