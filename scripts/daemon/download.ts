import { unzipSync } from 'fflate'
import { UserError } from '../../contracts/user-error.ts'

/** Nothing there: an S3 bucket that may not be listed says 403 for it. The next source may have it. */
export class NotPublished extends Error {
  override readonly name = 'NotPublished'
}

export interface DownloadLimits {
  /** Bytes; a longer answer is not read to its end. */
  readonly maxBytes: number
  /** For the whole of it, in ms. */
  readonly timeout: number
}

/**
 * Fetches a file into memory. `progress` is told how many bytes have come, and of how many where the server says so.
 * Throws NotPublished where there is no such file, and a UserError where it cannot be had.
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

/** DNS, a refused connection, a lost one, the time-out: to the person it is one thing. */
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

/** The daemon of 3.6.6 unpacks to some 20 MB. */
const MAX_BINARY_BYTES = 128 * 1024 * 1024

/** One entry of a zip, by its exact name; nothing else is unpacked. Throws a UserError where it cannot be had. */
export function unpack(zip: Uint8Array, entry: string): Uint8Array {
  const binary = readEntry(zip, entry)
  if (binary && binary.length > 0) return binary
  throw new UserError({
    code: 'DAEMON_UNREADABLE',
    what: `The download holds no usable "${entry}". Nothing was installed.`,
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
