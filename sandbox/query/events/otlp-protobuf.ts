import type { Attribute } from '../../../contracts/sandbox/trace.ts'
import {
  fromPairs,
  type OtlpEvent,
  type OtlpLink,
  type OtlpScope,
  type OtlpSpan,
  type Pairs,
  type ResourceSpans,
} from './otlp.ts'
import { ProtobufReader } from './protobuf-reader.ts'

// Reads an ExportTraceServiceRequest into just what a question needs. protobufjs takes twice as long for its messages and
// four times for plain objects (20,000 stored requests in one run), and the first question waits for all stored spans. The
// receiver, which stored the bytes, has checked them.
// Source of the fields' numbers: https://github.com/open-telemetry/opentelemetry-proto, proto/{common,resource,trace}/v1

/** The deepest nesting of values that the receiver accepts. */
const MAX_DEPTH = 64

const reader = new ProtobufReader()

/** Calls `field` with the number and wire type of each field up to `end`. */
function eachField(end: number, field: (number: number, wireType: number) => void): void {
  while (reader.position < end) {
    const tag = reader.varint()
    field(tag >>> 3, tag & 7)
  }
}

/** The end of the length-delimited field at the reader's position. */
function endOfField(): number {
  const length = reader.varint()
  return reader.position + length
}

/** The spans of a stored ExportTraceServiceRequest, by resource. */
export function readResourceSpans(body: Uint8Array): ResourceSpans[] {
  reader.load(body)
  const all: ResourceSpans[] = []
  eachField(reader.length, (number, wireType) => {
    if (number === 1) all.push(resourceSpans(endOfField()))
    else reader.skip(wireType)
  })
  return all
}

function resourceSpans(end: number): ResourceSpans {
  const attributes: Pairs = []
  const scopes: OtlpScope[] = []
  let schemaUrl = ''
  eachField(end, (number, wireType) => {
    if (number === 1) {
      eachField(endOfField(), (field, type) => {
        if (field === 1) keyValue(endOfField(), attributes)
        else reader.skip(type)
      })
    } else if (number === 2) scopes.push(scopeSpans(endOfField()))
    else if (number === 3) schemaUrl = reader.text(endOfField())
    else reader.skip(wireType)
  })
  return { attributes, schemaUrl, scopes }
}

function scopeSpans(end: number): OtlpScope {
  const scope: OtlpScope = { name: '', version: '', schemaUrl: '', attributes: [], spans: [] }
  eachField(end, (number, wireType) => {
    if (number === 1) {
      eachField(endOfField(), (field, type) => {
        if (field === 1) scope.name = reader.text(endOfField())
        else if (field === 2) scope.version = reader.text(endOfField())
        else if (field === 3) keyValue(endOfField(), scope.attributes)
        else reader.skip(type)
      })
    } else if (number === 2) scope.spans.push(span(endOfField()))
    else if (number === 3) scope.schemaUrl = reader.text(endOfField())
    else reader.skip(wireType)
  })
  return scope
}

function span(end: number): OtlpSpan {
  const found: OtlpSpan = {
    traceId: '',
    spanId: '',
    parentSpanId: '',
    traceState: '',
    name: '',
    kind: 0,
    start: { low: 0, high: 0 },
    end: { low: 0, high: 0 },
    attributes: [],
    events: [],
    links: [],
    statusCode: 0,
    statusMessage: '',
    dropped: 0,
  }
  while (reader.position < end) {
    const tag = reader.varint()
    switch (tag >>> 3) {
      case 1:
        found.traceId = reader.traceId(endOfField())
        break
      case 2:
        found.spanId = reader.hex(endOfField())
        break
      case 3:
        found.traceState = reader.text(endOfField())
        break
      case 4: {
        const idEnd = endOfField()
        if (!reader.isZero(idEnd)) found.parentSpanId = reader.hex(idEnd)
        reader.position = idEnd
        break
      }
      case 5:
        found.name = reader.text(endOfField())
        break
      case 6:
        found.kind = reader.varint()
        break
      case 7:
        found.start = { low: reader.fixed32(), high: reader.fixed32() }
        break
      case 8:
        found.end = { low: reader.fixed32(), high: reader.fixed32() }
        break
      case 9:
        keyValue(endOfField(), found.attributes)
        break
      case 10:
      case 12:
      case 14:
        found.dropped += reader.varint()
        break
      case 11:
        found.events.push(event(endOfField()))
        break
      case 13:
        found.links.push(link(endOfField()))
        break
      case 15:
        eachField(endOfField(), (number, wireType) => {
          if (number === 2) found.statusMessage = reader.text(endOfField())
          else if (number === 3) found.statusCode = reader.varint()
          else reader.skip(wireType)
        })
        break
      default:
        reader.skip(tag & 7)
    }
  }
  return found
}

function event(end: number): OtlpEvent {
  const found: OtlpEvent = { time: { low: 0, high: 0 }, name: '', attributes: [] }
  eachField(end, (number, wireType) => {
    if (number === 1) found.time = { low: reader.fixed32(), high: reader.fixed32() }
    else if (number === 2) found.name = reader.text(endOfField())
    else if (number === 3) keyValue(endOfField(), found.attributes)
    else reader.skip(wireType)
  })
  return found
}

function link(end: number): OtlpLink {
  const found: OtlpLink = { traceId: '', spanId: '', attributes: [] }
  eachField(end, (number, wireType) => {
    if (number === 1) found.traceId = reader.hex(endOfField())
    else if (number === 2) found.spanId = reader.hex(endOfField())
    else if (number === 4) keyValue(endOfField(), found.attributes)
    else reader.skip(wireType)
  })
  return found
}

/** Adds a KeyValue to `pairs`. */
function keyValue(end: number, pairs: Pairs, depth = 0): void {
  let key = ''
  let value: Attribute = null
  while (reader.position < end) {
    const tag = reader.varint()
    if (tag >>> 3 === 1) key = reader.text(endOfField())
    else if (tag >>> 3 === 2) value = anyValue(endOfField(), depth)
    else reader.skip(tag & 7)
  }
  pairs.push(key, value)
}

function anyValue(end: number, depth: number): Attribute {
  if (depth > MAX_DEPTH) throw new Error(`values are nested deeper than ${MAX_DEPTH}`)
  let value: Attribute = null
  while (reader.position < end) {
    const tag = reader.varint()
    switch (tag >>> 3) {
      case 1:
        value = reader.text(endOfField())
        break
      case 2:
        value = reader.varint() !== 0
        break
      case 3:
        value = reader.int64()
        break
      case 4: {
        const number = reader.double()
        value = Number.isFinite(number) ? number : String(number)
        break
      }
      case 5: {
        const items: Attribute[] = []
        eachField(endOfField(), (number, wireType) => {
          if (number === 1) items.push(anyValue(endOfField(), depth + 1))
          else reader.skip(wireType)
        })
        value = items
        break
      }
      case 6: {
        const pairs: Pairs = []
        eachField(endOfField(), (number, wireType) => {
          if (number === 1) keyValue(endOfField(), pairs, depth + 1)
          else reader.skip(wireType)
        })
        value = fromPairs(pairs)
        break
      }
      case 7:
        value = { bytesValue: reader.base64(endOfField()) }
        break
      default:
        reader.skip(tag & 7)
    }
  }
  return value
}
