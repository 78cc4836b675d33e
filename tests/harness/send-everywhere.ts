import { createSocket } from 'node:dgram'
import { DATAGRAM_HEADER, type HostPort } from '../../contracts/daemon-address.ts'
import { newSpanId, newTraceId, toXRayTraceId } from '../../contracts/trace-id.ts'
import { encodeProtobuf } from '../../sandbox/honeycomb/otlp-schema.ts'

/** Where an app sends: addresses with their key. */
export interface Places {
  readonly otlp: string
  readonly otlpHeaders: Readonly<Record<string, string>>
  readonly items: string
  readonly rollbarToken: string
  /** X-Ray's daemon, by UDP. */
  readonly daemon: HostPort
}

/** Sends one request as an app does: a span by OTLP, a segment in a datagram, and an item. Returns its trace id. */
export async function sendEverywhere(places: Places): Promise<string> {
  const traceId = newTraceId()
  await post(`${places.otlp}/v1/traces`, 'application/x-protobuf', places.otlpHeaders, spanOf(traceId))
  const data = { environment: 'test', body: { message: { body: 'It broke' } }, custom: { trace_id: traceId } }
  const token = { 'x-rollbar-access-token': places.rollbarToken }
  await post(places.items, 'application/json', token, JSON.stringify({ data }))
  const now = Date.now() / 1_000
  const times = { start_time: now - 1, end_time: now }
  await sendDatagram(places.daemon, {
    name: 'app',
    id: newSpanId(),
    trace_id: toXRayTraceId(traceId),
    ...times,
  })
  return traceId
}

/** A server's span, as a protobuf message of OTLP. */
export function spanOf(traceId: string): Uint8Array<ArrayBuffer> {
  const now = BigInt(Date.now()) * 1_000_000n
  const span = {
    traceId: Buffer.from(traceId, 'hex'),
    spanId: Buffer.from(newSpanId(), 'hex'),
    name: 'GET /',
    kind: 2,
    startTimeUnixNano: String(now - 5_000_000n),
    endTimeUnixNano: String(now),
  }
  return new Uint8Array(
    encodeProtobuf('ExportTraceServiceRequest', { resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] }),
  )
}

/** As X-Ray's SDKs send a segment to the daemon. */
export function sendDatagram({ host, port }: HostPort, segment: object): Promise<void> {
  const socket = createSocket('udp4')
  return new Promise((resolve, reject) => {
    socket.send(DATAGRAM_HEADER + JSON.stringify(segment), port, host, (error) => {
      socket.close()
      if (error) reject(error)
      else resolve()
    })
  })
}

async function post(
  url: string,
  type: string,
  headers: Readonly<Record<string, string>>,
  body: string | Uint8Array<ArrayBuffer>,
): Promise<void> {
  const { status } = await fetch(url, { method: 'POST', headers: { 'content-type': type, ...headers }, body })
  if (status !== 200) throw new Error(`POST ${url}: ${status}`)
}
