import { messageOf } from '../honeycomb/fields.ts'
import { decodeProtobuf } from '../honeycomb/otlp-schema.ts'
import type { Answer } from '../http/answer.ts'
import { HttpError } from '../http/answer.ts'
import type { StoredSpans } from '../store/spans.ts'
import type { TraceStore } from './traces.ts'

const JSON_TYPE = 'application/json; charset=utf-8'
const HEX_FIELDS = new Set(['traceId', 'spanId', 'parentSpanId'])

/** The forms in which the viewer copies and downloads what a provider was sent. */
const FORMS: Readonly<
  Record<string, (store: TraceStore, traceId: string) => { type: string; body: string | Buffer }>
> = {
  /** One OTLP/JSON request with all spans, whichever encoding they were sent in. */
  'otlp.json': (store, traceId) => {
    return { type: JSON_TYPE, body: JSON.stringify(otlpRequestOf(store, traceId), null, 2) }
  },
  /** The bytes that were sent. Concatenated protobuf messages are one merged message. */
  'otlp.pb': (store, traceId) => {
    const chunks = store.spans.ofTrace(traceId)
    if (chunks.some(({ encoding }) => encoding !== 'protobuf')) {
      throw new HttpError(404, 'not all of this trace was sent as protobuf; take otlp.json')
    }
    return { type: 'application/x-protobuf', body: Buffer.concat(chunks.map(({ body }) => body)) }
  },
  /** The documents as they were sent, in a list. */
  'xray.json': (store, traceId) => listOf(store.segments.ofTrace(traceId)),
  'rollbar.json': (store, traceId) => listOf(store.occurrences.ofTrace(traceId)),
  'logs.json': (store, traceId) => listOf(store.logs.ofTrace(traceId)),
}

/** One request with all spans of the trace. */
export function otlpRequestOf(store: Pick<TraceStore, 'spans'>, traceId: string) {
  const requests = store.spans.ofTrace(traceId).map(requestOf)
  return {
    resourceSpans: requests.flatMap(({ resourceSpans: some }) => (Array.isArray(some) ? some : [])),
  }
}

function listOf(stored: readonly { readonly document: string }[]) {
  return { type: JSON_TYPE, body: `[${stored.map(({ document }) => document).join(',\n')}]` }
}

/**
 * The trace in a form. `readOtlp` returns the bytes of an `otlp.json` that is too large for the main thread; undefined for
 * others. Rejects with an HttpError: 404 for an unknown form.
 */
export async function exportTrace(
  store: TraceStore,
  traceId: string,
  form: string,
  readOtlp: () => Promise<Buffer> | undefined,
): Promise<Answer> {
  const make = Object.hasOwn(FORMS, form) ? FORMS[form] : undefined
  if (!make) throw new HttpError(404, `a trace is exported as one of ${Object.keys(FORMS).join(', ')}`)
  const large = form === 'otlp.json' ? await readOtlp() : undefined
  const { type, body } = large ? { type: JSON_TYPE, body: large } : make(store, traceId)
  return {
    status: 200,
    headers: {
      'content-type': type,
      'content-disposition': `attachment; filename="${traceId}.${form}"`,
      'cache-control': 'no-store',
    },
    body,
  }
}

function requestOf({ encoding, body }: StoredSpans): Readonly<Record<string, unknown>> {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  if (encoding === 'protobuf') return messageOf(toJson(decodeProtobuf('ExportTraceServiceRequest', bytes)))
  const json: unknown = JSON.parse(bytes.toString('utf8'))
  // The schema's first version stored spans as they are read, not as they were sent.
  return encoding === 'json' ? messageOf(json) : { resourceSpans: [{ scopeSpans: [{ spans: json }] }] }
}

/** Encodes bytes as OTLP/JSON does: ids in hex, all others in base64. https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding */
function toJson(value: unknown, field = ''): unknown {
  if (Buffer.isBuffer(value)) return value.toString(HEX_FIELDS.has(field) ? 'hex' : 'base64')
  if (Array.isArray(value)) return value.map((item) => toJson(item, field))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, toJson(item, name)]))
}
