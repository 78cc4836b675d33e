import type { IncomingMessage } from 'node:http'
import { HttpError } from './answer.ts'
import { type BudgetShare, LARGE_BYTES, tooMuch } from './byte-budget.ts'
import { CollectedBytes } from './collected-bytes.ts'
import { decompress, type Encoding, isEncoding, tooLarge, UnreadableBody } from './decompress.ts'

/** The bytes up to which a body beyond its bound is read, so that the client receives the 413. */
const DRAIN_LIMIT_BYTES = 64 * 1024 * 1024

/**
 * Reads and decompresses the body. A large one waits until fewer of its sender are read. `maxBytes` bounds it both before
 * and after decompression. Its bytes are taken from `share` until that is released. Throws an HttpError: 413 beyond the
 * bound, 415 for an unknown Content-Encoding (`encodingOf` may decide otherwise), 400 for a body that cannot be
 * decompressed or ended early, 503 when the share is used up.
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

async function readRaw(request: IncomingMessage, maxBytes: number, share: BudgetShare): Promise<Buffer> {
  const announced = Number(request.headers['content-length'] ?? 0)
  if (announced > LARGE_BYTES) await share.waitToRead(Math.min(announced, maxBytes))
  let collected = new CollectedBytes()
  let length = 0
  let httpError: HttpError | undefined
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      length += chunk.length
      // Of a body in chunks the length is not known before.
      if (length > LARGE_BYTES) await share.waitToRead(length)
      if (length > maxBytes) httpError ??= tooLarge(maxBytes)
      else if (!httpError && !share.take(chunk.byteLength)) httpError = tooMuch()
      if (httpError) collected = new CollectedBytes()
      else collected.append(chunk)
      if (length > DRAIN_LIMIT_BYTES) break
    }
  } catch (error) {
    if (error instanceof HttpError) throw error
    throw new UnreadableBody('the body ended early', error)
  }
  if (httpError) throw httpError
  return collected.whole()
}
