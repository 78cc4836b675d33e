import type { IncomingMessage } from 'node:http'
import { promisify } from 'node:util'
import { gunzip, zstdDecompress } from 'node:zlib'
import { HttpError } from './answer.ts'

/** A body of more bytes is large. Few exporters send such. */
const LARGE_BYTES = 1024 * 1024
/**
 * How many large bodies are handled at once. Their records are decoded and encoded again, which takes several times the
 * memory of the body. Also how many bodies are decompressed at once, before which their size is not known.
 */
const MAX_LARGE = 4
/** How long a body waits for others. */
const MAX_WAIT_MS = 10_000

/** Bounds the bytes of bodies that a server holds at once, for all its requests together, and how many large ones it handles. */
export class ByteBudget {
  #left: number
  #slots = MAX_LARGE
  readonly #waiting = new Set<() => void>()
  readonly #maxWaitMs: number

  constructor(maxBytes: number, maxWaitMs = MAX_WAIT_MS) {
    this.#left = maxBytes
    this.#maxWaitMs = maxWaitMs
  }

  /** Returns the share of one request, which has no bytes yet. */
  open() {
    let taken = 0
    let hasSlot = false
    const giveSlotBack = (): void => {
      if (hasSlot) this.#giveSlot()
      hasSlot = false
    }
    return {
      /** False, without taking anything, when not enough is left. */
      take: (bytes: number): boolean => {
        if (bytes > this.#left) return false
        this.#left -= bytes
        taken += bytes
        return true
      },
      /** Waits until few enough other large bodies are handled. Throws an HttpError (503) after ten seconds. */
      takeSlot: async (): Promise<void> => {
        if (hasSlot) return
        await this.#takeSlot()
        hasSlot = true
      },
      giveSlotBack,
      /** Gives back all bytes that the request took, and its slot. */
      release: (): void => {
        this.#left += taken
        taken = 0
        giveSlotBack()
      },
    }
  }

  async #takeSlot(): Promise<void> {
    if (this.#slots > 0) {
      this.#slots--
      return
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const timer = setTimeout(() => {
      this.#waiting.delete(resolve)
      reject(tooMuch())
    }, this.#maxWaitMs)
    this.#waiting.add(resolve)
    await promise.finally(() => clearTimeout(timer))
  }

  /** To the body that has waited longest. */
  #giveSlot(): void {
    const [next] = this.#waiting
    if (!next) {
      this.#slots++
      return
    }
    this.#waiting.delete(next)
    next()
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
  if (encoding !== 'identity') return decompress(raw, encoding, maxBytes, share)
  await waitIfLarge(raw, share)
  return raw
}

/** Waits before a large body is handled. Throws an HttpError (503) after ten seconds. */
export async function waitIfLarge({ byteLength }: Buffer, share: BudgetShare): Promise<void> {
  if (byteLength > LARGE_BYTES) await share.takeSlot()
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
 * Decompresses a body whose bytes have been taken from `share`, after others. A large one keeps its slot until the share is
 * released. Throws an HttpError: 413 beyond the bound, 400 for a body that cannot be decompressed, 503 when the share is
 * used up or others take too long.
 */
export async function decompress(
  raw: Buffer,
  encoding: Encoding,
  maxBytes: number,
  share: BudgetShare,
): Promise<Buffer> {
  await share.takeSlot()
  try {
    const body = await DECOMPRESS[encoding](raw, { maxOutputLength: maxBytes })
    if (!share.take(body.byteLength)) throw tooMuch()
    if (body.byteLength <= LARGE_BYTES) share.giveSlotBack()
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
