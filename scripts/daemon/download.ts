import { unzipSync } from 'fflate'
import { UserError } from '../../contracts/user-error.ts'

export interface DownloadLimits {
  /** A longer answer is an error. */
  readonly maxBytes: number
  /** ms, for the whole download. */
  readonly timeout: number
}

/** The source has no such file. An S3 bucket that may not be listed answers 403 then. */
const NOT_PUBLISHED = [403, 404, 410]

/**
 * Downloads a file into memory; undefined when the source has no such file. `progress` gets the bytes received so far
 * and, when the server sends it, the total. Throws a UserError for any other failure.
 */
export async function download(
  url: string,
  { maxBytes, timeout }: DownloadLimits,
  progress: (received: number, total: number | undefined) => void = () => {},
): Promise<Uint8Array | undefined> {
  try {
    const { ok, status, body, headers } = await fetch(url, { signal: AbortSignal.timeout(timeout) })
    if (!ok || !body) {
      await body?.cancel()
      if (NOT_PUBLISHED.includes(status)) return undefined
      throw failed(url, `the server answered ${status}`)
    }
    const total = Number(headers.get('content-length')) || undefined
    const chunks: Uint8Array[] = []
    let received = 0
    for await (const chunk of body) {
      received += chunk.length
      if (received > maxBytes) throw failed(url, `it is larger than ${maxBytes} bytes`)
      chunks.push(chunk)
      progress(received, total)
    }
    return Buffer.concat(chunks)
  } catch (error) {
    throw error instanceof UserError ? error : offline(url, error)
  }
}

function failed(url: string, reason: string): UserError {
  return new UserError({
    code: 'DAEMON_DOWNLOAD_FAILED',
    what: `${url} could not be downloaded: ${reason}. Nothing was installed.`,
    fix: 'Try again, or name another source: npm run env -- XRAY_DAEMON_BASE_URL=https://…',
  })
}

/** One diagnosis for DNS failures, rejected and lost connections, and the time-out. */
function offline(url: string, error: unknown): UserError {
  const { name, message, cause } = error as Error & { cause?: NodeJS.ErrnoException }
  const reason = name === 'TimeoutError' ? 'it took too long' : (cause?.code ?? cause?.message ?? message)
  const what = `${new URL(url).host} could not be reached (${reason}). Nothing was installed.`
  const fix =
    'Without a network go on with the sandbox, which needs no daemon: npm run env -- XRAY_ENABLED=local. Behind a proxy: NODE_USE_ENV_PROXY=1 npm run daemon'
  return new UserError({ code: 'DAEMON_OFFLINE', what, fix }, { cause: error })
}

/** Version 3.6.6 has some 20 MB. */
const MAX_BINARY_BYTES = 128 * 1024 * 1024

/** Unpacks one entry of a zip, by its exact name. Throws a UserError (DAEMON_UNREADABLE). */
export function unpack(zip: Uint8Array, entry: string): Uint8Array {
  let binary: Uint8Array | undefined
  try {
    const filter = (file: { name: string; originalSize: number }) =>
      file.name === entry && file.originalSize <= MAX_BINARY_BYTES
    binary = unzipSync(zip, { filter })[entry]
  } catch {
    // Not a zip.
  }
  if (binary?.length) return binary
  throw new UserError({
    code: 'DAEMON_UNREADABLE',
    what: `The download has no usable "${entry}". Nothing was installed.`,
    fix: 'Try again, or install it the bootcamp’s way: npm run daemon -- --deb',
  })
}
