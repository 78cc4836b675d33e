import type { IncomingMessage } from 'node:http'
import { promisify } from 'node:util'
import { gunzip, zstdDecompress } from 'node:zlib'
import { HttpError } from './answer.ts'

/** Bounds the bytes of bodies that a server holds at once, for all its requests together. */
export class ByteBudget {
  #left: number

  constructor(maxBytes: number) {
    this.#left = maxBytes
  }

  /** Returns the share of one request, which has no bytes yet. */
  open() {
    let taken = 0
    return {
      /** False, without taking anything, when not enough is left. */
      take: (bytes: number): boolean => {
        if (bytes > this.#left) return false
        this.#left -= bytes
        taken += bytes
        return true
      },
      /** Gives back all bytes that the request took. */
      release: (): void => {
        this.#left += taken
        taken = 0
      },
    }
  }
}

export type BudgetShare = ReturnType<ByteBudget['open']>

/** A body that cannot be decompressed, or ended early. */
export class UnreadableBody extends HttpError {
  override readonly name = 'UnreadableBody'

  constructor(message: string, cause: unknown) {
    super(400, message, { cause })
  }
}

/** The bytes up to which a body beyond its bound is read, so that the client receives the 413. */
const DRAIN_LIMIT_BYTES = 64 * 1024 * 1024

const DECOMPRESS = {
  gzip: promisify(gunzip),
  zstd: promisify(zstdDecompress),
} as const
export type Encoding = keyof typeof DECOMPRESS

/**
 * Reads and decompresses the body. `maxBytes` bounds it both before and after decompression. Its bytes are taken from
 * `share` until that is released. Throws an HttpError: 413 beyond the bound, 415 for an unknown Content-Encoding
 * (`encodingOf` may decide otherwise), 400 for a body that cannot be decompressed or ended early, 503 when the share is used up.
 */
export async function readBody(
  request: IncomingMessage,
  maxBytes: number,
  share: BudgetShare,
  encodingOf = contentEncoding,
): Promise<Buffer> {
  const raw = await readRaw(request, maxBytes, share)
  if (raw.length === 0) return raw
  const encoding = encodingOf(request)
  return encoding === 'identity' ? raw : decompress(raw, encoding, maxBytes, share)
}

/** Throws an HttpError (415) for one that is not known. */
export function contentEncoding({ headers }: Pick<IncomingMessage, 'headers'>): Encoding | 'identity' {
  const name = headers['content-encoding']?.trim().toLowerCase() || 'identity'
  if (name === 'identity' || isEncoding(name)) return name
  throw new HttpError(415, `unsupported content-encoding "${name}"`)
}

export function isEncoding(name: string): name is Encoding {
  return Object.hasOwn(DECOMPRESS, name)
}

/**
 * Decompresses a body whose bytes have been taken from `share`. Throws an HttpError: 413 beyond the bound, 400 for a body
 * that cannot be decompressed, 503 when the share is used up.
 */
export async function decompress(
  raw: Buffer,
  encoding: Encoding,
  maxBytes: number,
  share: BudgetShare,
): Promise<Buffer> {
  try {
    const body = await DECOMPRESS[encoding](raw, { maxOutputLength: maxBytes })
    if (!share.take(body.byteLength)) throw tooMuch()
    return body
  } catch (error) {
    if (error instanceof HttpError) throw error
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(maxBytes)
    throw new UnreadableBody(`the body is not valid ${encoding}`, error)
  }
}

async function readRaw(request: IncomingMessage, maxBytes: number, share: BudgetShare): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  let httpError: HttpError | undefined
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      length += chunk.length
      if (length > maxBytes) httpError ??= tooLarge(maxBytes)
      else if (!httpError && !share.take(chunk.byteLength)) httpError = tooMuch()
      if (httpError) chunks.length = 0
      else chunks.push(chunk)
      if (length > DRAIN_LIMIT_BYTES) break
    }
  } catch (error) {
    throw new UnreadableBody('the body ended early', error)
  }
  if (httpError) throw httpError
  return Buffer.concat(chunks)
}

function tooLarge(maxBytes: number): HttpError {
  return new HttpError(413, `the body is larger than ${maxBytes} bytes`)
}

/** Exporters retry after a 503. */
export function tooMuch(): HttpError {
  return new HttpError(503, 'too much is being sent at once; try again')
}
