import { getHeapStatistics } from 'node:v8'
import { parentPort } from 'node:worker_threads'
import { HttpError } from '../http/answer.ts'
import type { DecodeResult, FromDecodeWorker, ToDecodeWorker } from './decode-thread.ts'
import { type Decoded, inBatches } from './decoded.ts'
import { DECODERS, type DecoderName, type FactsOf, type InputOf, type RowOf } from './decoders.ts'

/**
 * The thread that decodes large bodies, one at a time. The main thread asks for one batch of rows after the other, so that it
 * never holds more than two.
 */
const port = parentPort
if (!port) throw new Error('the decode worker is started by the decode thread')

let batches: Iterator<readonly object[], void> | undefined
let next: readonly object[] | undefined

port.on('message', (message: ToDecodeWorker) => {
  try {
    if (message.kind === 'decode') {
      const { rows, facts } = decode(message.name, message.input)
      batches = inBatches(rows)
      advance()
      postBatch(facts)
    } else if (message.kind === 'next') {
      // The thread that had the batches has ended. An empty last batch would acknowledge a part of the body.
      if (!next) throw new HttpError(503, 'the request was not read to its end: send it again')
      postBatch()
    } else forget()
  } catch (error) {
    forget()
    if (error instanceof HttpError) post({ kind: 'error', status: error.status, message: error.message })
    else post({ kind: 'internal error', error })
  }
})

const post = (message: DecodeResult, transferred: ArrayBuffer[] = []) =>
  port.postMessage(
    { ...message, heapBytes: getHeapStatistics().total_heap_size } satisfies FromDecodeWorker,
    transferred,
  )

function advance(): void {
  next = batches?.next().value ?? undefined
}

function forget(): void {
  batches = undefined
  next = undefined
}

function postBatch(facts?: unknown): void {
  const { rows, buffers } = withBodiesTogether(next ?? [])
  advance()
  post({ kind: 'batch', facts, rows, isLast: next === undefined }, buffers)
}

function decode<Name extends DecoderName>(name: Name, input: InputOf<Name>) {
  // A Buffer arrives as a Uint8Array, and protobufjs returns ids as Buffers only when it reads a Buffer.
  const body = Buffer.from(input.body.buffer, input.body.byteOffset, input.body.byteLength)
  const run = DECODERS[name] as (input: InputOf<Name>) => Decoded<RowOf<Name> & object, FactsOf<Name>>
  return run({ ...input, body })
}

/**
 * Rows whose bodies are in one buffer, which is handed over instead of copied. A body can be a small part of a buffer that it
 * shares with others.
 */
function withBodiesTogether(rows: readonly object[]) {
  const bytes = new Uint8Array(rows.reduce((sum, row) => sum + (bodyOf(row)?.byteLength ?? 0), 0))
  if (bytes.byteLength === 0) return { rows, buffers: [] }
  let end = 0
  const together = rows.map((row) => {
    const body = bodyOf(row)
    if (!body) return row
    bytes.set(body, end)
    end += body.byteLength
    return { ...row, body: bytes.subarray(end - body.byteLength, end) }
  })
  return { rows: together, buffers: [bytes.buffer] }
}

function bodyOf(row: object): Uint8Array | undefined {
  return 'body' in row && row.body instanceof Uint8Array ? row.body : undefined
}
