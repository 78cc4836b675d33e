import { createGunzip, createZstdDecompress } from 'node:zlib'
import { HttpError } from './answer.ts'
import { type BudgetShare, LARGE_BYTES, tooMuch } from './byte-budget.ts'
import { CollectedBytes } from './collected-bytes.ts'

const DECOMPRESSORS = { gzip: createGunzip, zstd: createZstdDecompress } as const
export type Encoding = keyof typeof DECOMPRESSORS

/** Faster than zlib's own 16 KiB, also for small bodies. */
const CHUNK_BYTES = 64 * 1024
/** What a decompressor takes, with its window and its first chunk. */
const DECOMPRESSOR_BYTES = 128 * 1024

/** A body that cannot be decompressed, or ended early. */
export class UnreadableBody extends HttpError {
  override readonly name = 'UnreadableBody'

  constructor(message: string, cause: unknown) {
    super(400, message, { cause })
  }
}

export function isEncoding(name: string): name is Encoding {
  return Object.hasOwn(DECOMPRESSORS, name)
}

/**
 * Decompresses a body chunk by chunk, and takes each from `share` before the next one is made. A body that becomes large
 * waits for others there, and keeps its slot until the share is released; small ones wait for none. Throws an HttpError: 413
 * beyond the bound, 400 for a body that cannot be decompressed, 503 when the share is used up or others take too long.
 */
export async function decompress(
  raw: Buffer,
  encoding: Encoding,
  maxBytes: number,
  share: BudgetShare,
): Promise<Buffer> {
  if (!share.take(DECOMPRESSOR_BYTES)) throw tooMuch()
  const collected = new CollectedBytes()
  let length = 0
  const stream = DECOMPRESSORS[encoding]({ chunkSize: CHUNK_BYTES })
  stream.end(raw)
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      length += chunk.length
      if (length > maxBytes) throw tooLarge(maxBytes)
      if (!share.take(chunk.length)) throw tooMuch()
      if (length > LARGE_BYTES) await share.takeSlot()
      collected.append(chunk)
    }
  } catch (error) {
    if (error instanceof HttpError) throw error
    throw new UnreadableBody(`the body is not valid ${encoding}`, error)
  }
  return collected.whole()
}

export function tooLarge(maxBytes: number): HttpError {
  return new HttpError(413, `the body is larger than ${maxBytes} bytes`)
}
