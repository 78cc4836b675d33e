import { unzipSync } from 'fflate'
import { UserError } from '../../contracts/user-error.ts'

/** The source has no such file: another one may have it. An S3 bucket that may not be listed answers 403 then. */
export class NotPublished extends Error {
  override readonly name = 'NotPublished'
}

export interface DownloadLimits {
  /** A longer answer is an error. */
  readonly maxBytes: number
  /** ms, for the whole download. */
  readonly timeout: number
}

/**
 * Downloads a file into memory. `progress` gets the bytes received so far and, when the server sends it, the total.
 * Throws NotPublished when there is no such file, and a UserError for any other failure.
 */
export async function download(
  url: string,
  { maxBytes, timeout }: DownloadLimits,
  progress: (received: number, total: number | undefined) => void = () => {},
): Promise<Uint8Array> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(timeout) })
    if ([403, 404, 410].includes(response.status)) {
      await response.body?.cancel()
      throw new NotPublished(`${url} answered ${response.status}.`)
    }
    if (!response.ok || !response.body) {
      await response.body?.cancel()
      throw broken(url, `the server answered ${response.status}`)
    }
    const total = Number(response.headers.get('content-length')) || undefined
    const bytes = await readBounded(response.body, maxBytes, url, (received) => progress(received, total))
    return bytes
  } catch (error) {
    if (error instanceof NotPublished || error instanceof UserError) throw error
    throw unreachable(url, error)
  }
}

async function readBounded(
  body: ReadableStream<Uint8Array>,
  maxBytes: number,
  url: string,
  progress: (received: number) => void,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let received = 0
  for await (const chunk of body) {
    received += chunk.length
    if (received > maxBytes) throw broken(url, `it is larger than ${maxBytes} bytes`)
    chunks.push(chunk)
    progress(received)
  }
  return Buffer.concat(chunks, received)
}

function broken(url: string, reason: string): UserError {
  return new UserError({
    code: 'DAEMON_DOWNLOAD_FAILED',
    what: `${url} could not be downloaded: ${reason}. Nothing was installed.`,
    fix: 'Try again, or name another source: npm run env -- XRAY_DAEMON_BASE_URL=https://…',
  })
}

/** One diagnosis for DNS failures, rejected and lost connections, and the time-out. */
function unreachable(url: string, error: unknown): UserError {
  return new UserError(
    {
      code: 'DAEMON_OFFLINE',
      what: `${new URL(url).host} could not be reached (${reasonOf(error)}). Nothing was installed.`,
      fix: 'Without a network go on with the sandbox, which needs no daemon: npm run env -- XRAY_ENABLED=local. Behind a proxy: NODE_USE_ENV_PROXY=1 npm run daemon',
    },
    { cause: error },
  )
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.name === 'TimeoutError') return 'it took too long'
  const { cause } = error
  if (!(cause instanceof Error)) return error.message
  return (cause as NodeJS.ErrnoException).code ?? cause.message
}

/** Version 3.6.6 has some 20 MB. */
const MAX_BINARY_BYTES = 128 * 1024 * 1024

/** Unpacks one entry of a zip, by its exact name. Throws a UserError (DAEMON_UNREADABLE). */
export function unpack(zip: Uint8Array, entry: string): Uint8Array {
  const binary = readEntry(zip, entry)
  if (binary && binary.length > 0) return binary
  throw new UserError({
    code: 'DAEMON_UNREADABLE',
    what: `The download has no usable "${entry}". Nothing was installed.`,
    fix: 'Try again, or install it the bootcamp’s way: npm run daemon -- --deb',
  })
}

function readEntry(zip: Uint8Array, entry: string): Uint8Array | undefined {
  try {
    return unzipSync(zip, {
      filter: ({ name, originalSize }) => name === entry && originalSize <= MAX_BINARY_BYTES,
    })[entry]
  } catch {
    return undefined
  }
}
