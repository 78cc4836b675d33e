import type { IncomingMessage } from 'node:http'
import { promisify } from 'node:util'
import { gunzip, inflate, zstdDecompress } from 'node:zlib'
import { Refusal } from './refusal.ts'

/** A body beyond its bound is still read to here, so that the client gets to see the 413. Bytes. */
const DRAIN_LIMIT_BYTES = 64 * 1024 * 1024

const DECOMPRESS = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  deflate: promisify(inflate),
  zstd: promisify(zstdDecompress),
} as const

/**
 * Reads the whole body, decompressed. `maxBytes` bounds what comes in and what comes out of decompression alike.
 * Throws a Refusal: 413 beyond the bound, 415 for an unknown Content-Encoding, 400 for a body that does not decompress
 * or was cut short.
 */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const raw = await readRaw(request, maxBytes)
  const encoding = request.headers['content-encoding']?.trim().toLowerCase() ?? ''
  if (encoding === '' || encoding === 'identity' || raw.length === 0) return raw
  if (!Object.hasOwn(DECOMPRESS, encoding)) {
    throw new Refusal(415, `unsupported content-encoding "${encoding}"`)
  }
  try {
    return await DECOMPRESS[encoding as keyof typeof DECOMPRESS](raw, { maxOutputLength: maxBytes })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(maxBytes)
    throw new Refusal(400, `the body is not valid ${encoding}`, { cause: error })
  }
}

async function readRaw(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      length += chunk.length
      if (length <= maxBytes) chunks.push(chunk)
      else chunks.length = 0
      if (length > DRAIN_LIMIT_BYTES) break
    }
  } catch (error) {
    throw new Refusal(400, 'the body was cut short', { cause: error })
  }
  if (length > maxBytes) throw tooLarge(maxBytes)
  return Buffer.concat(chunks)
}

function tooLarge(maxBytes: number): Refusal {
  return new Refusal(413, `the body is larger than ${maxBytes} bytes`)
}
