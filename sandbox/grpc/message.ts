import type { Readable } from 'node:stream'
import { HttpError } from '../http/answer.ts'
import { waitIfLarge } from '../http/body.ts'
import { type BudgetShare, LARGE_BYTES, tooMuch } from '../http/byte-budget.ts'
import { CollectedBytes } from '../http/collected-bytes.ts'
import { decompress, UnreadableBody } from '../http/decompress.ts'

/** Whether the message is compressed, and its length. */
const PREFIX_BYTES = 5
/** Those of grpc-go, with which Honeycomb receives: https://pkg.go.dev/google.golang.org/grpc/encoding/gzip */
export const ACCEPTED_ENCODINGS = 'gzip,identity'

/** A call without a message, with more than one, or with a part of one. */
export class IncompleteMessage extends HttpError {
  override readonly name = 'IncompleteMessage'

  constructor(options?: ErrorOptions) {
    super(400, 'grpc: the call has no message, more than one, or a part of one', options)
  }
}

/**
 * Reads the one message of a unary call, and decompresses it. A large one waits until fewer of its sender are read: its
 * stream's window is full then, and the other calls of the connection go on. Its bytes are taken from `share`. `maxBytes`
 * bounds it before and after decompression. Throws an HttpError, worded as grpc-go words it: 413 beyond the bound, before
 * it is read; 415 for an unknown encoding, 400 for anything but one message, 503 when the share is used up.
 *
 * Source: https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md, Length-Prefixed-Message
 */
export async function readMessage(
  stream: Readable,
  encoding: string | undefined,
  maxBytes: number,
  share: BudgetShare,
): Promise<Buffer> {
  const { prefix, message } = await readFramed(stream, maxBytes, share)
  if (prefix[0] === 0) {
    await waitIfLarge(message, share)
    return message
  }
  if (encoding !== 'gzip') {
    throw new HttpError(415, `grpc: Decompressor is not installed for grpc-encoding "${encoding ?? ''}"`)
  }
  try {
    return await decompress(message, encoding, maxBytes, share)
  } catch (error) {
    if (error instanceof UnreadableBody) throw new HttpError(400, `grpc: ${error.message}`, { cause: error })
    if (!(error instanceof HttpError) || error.status !== 413) throw error
    throw new HttpError(413, `grpc: received message after decompression larger than max ${maxBytes}`)
  }
}

async function readFramed(stream: Readable, maxBytes: number, share: BudgetShare) {
  const collected = new CollectedBytes()
  let prefix: Buffer = Buffer.alloc(0)
  let expected = PREFIX_BYTES
  let length = 0
  for await (const chunk of chunksOf(stream)) {
    if (prefix.length < PREFIX_BYTES) {
      prefix = Buffer.concat([prefix, chunk.subarray(0, PREFIX_BYTES - prefix.length)])
      if (prefix.length === PREFIX_BYTES) {
        const announced = announcedLength(prefix, maxBytes)
        if (announced > LARGE_BYTES) await share.waitToRead(announced)
        expected = PREFIX_BYTES + announced
      }
    }
    length += chunk.length
    if (length > expected) break
    if (!share.take(chunk.length)) throw tooMuch()
    collected.append(chunk)
  }
  if (length !== expected || prefix.length < PREFIX_BYTES) {
    throw new IncompleteMessage()
  }
  return { prefix, message: collected.whole().subarray(PREFIX_BYTES) }
}

/** A client that cancels its call or disconnects leaves its message incomplete. */
async function* chunksOf(stream: Readable): AsyncGenerator<Buffer, void, undefined> {
  try {
    yield* stream.iterator({ destroyOnReturn: false })
  } catch (error) {
    throw new IncompleteMessage({ cause: error })
  }
}

function announcedLength(prefix: Buffer, maxBytes: number): number {
  const length = prefix.readUInt32BE(1)
  if (length <= maxBytes) return length
  throw new HttpError(413, `grpc: received message larger than max (${length} vs. ${maxBytes})`)
}
