import { once } from 'node:events'
import http, { type IncomingMessage } from 'node:http'
import { probeConnection } from './probe-socket.ts'

/** Bytes of an answer. The largest one that the commands ask for, a long trace, is a few MB. */
const MAX_BYTES = 64 * 1024 * 1024

export interface JsonAnswer {
  readonly status: number
  readonly body: unknown
}

/**
 * Asks a process of the workspace for JSON; undefined where it does not answer JSON of at most 64 MB within
 * `timeoutMs`. Ignores every proxy. Closes its connection at once, since an idle one would delay the server's end.
 */
export async function getJson(
  url: string,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<JsonAnswer | undefined> {
  return requestJson(url, { method: 'GET', timeoutMs, signal })
}

/** The same with a JSON body. */
export async function postJson(
  url: string,
  body: unknown,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<JsonAnswer | undefined> {
  return requestJson(url, { method: 'POST', timeoutMs, signal, body: JSON.stringify(body) })
}

interface JsonRequest {
  readonly method: 'GET' | 'POST'
  readonly timeoutMs: number
  readonly signal: AbortSignal | undefined
  readonly body?: string
}

async function requestJson(url: string, { method, timeoutMs, signal, body }: JsonRequest) {
  const isTls = url.startsWith('https:')
  // A service at PROFILES_URL may be behind TLS, which is not loaded for the others.
  const { request: open } = isTls ? await import('node:https') : http
  // Without an agent a request makes its own connection, and closes it.
  const connection = isTls ? { agent: false } : { createConnection: probeConnection }
  const limit = AbortSignal.timeout(timeoutMs)
  const headers = body === undefined ? {} : { 'content-type': 'application/json' }
  const until = signal ? AbortSignal.any([signal, limit]) : limit
  const request = open(url, { method, headers, ...connection, signal: until })
  request.on('error', () => {}) // Also emitted after the response has begun, when nothing else listens.
  request.end(body)
  try {
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    return { status: response.statusCode ?? 0, body: JSON.parse(await readText(response)) as unknown }
  } catch {
    request.destroy()
    return undefined
  }
}

/** Throws a TooLarge, and ends the transfer, when the answer has more than 64 MB. */
async function readText(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.length
    if (bytes > MAX_BYTES) throw new TooLarge()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

class TooLarge extends Error {}

export interface ProviderAnswer {
  readonly status: number
  /** Parsed JSON; undefined for anything else. */
  readonly body: unknown
  /** The provider's own clock, epoch milliseconds. */
  readonly clockMs: number | undefined
}

/**
 * Asks a provider, through a proxy if the environment names one. Where it does not answer, returns why not as a
 * sentence without a full stop. Follows no redirect, which would take the key to another host.
 */
export async function askProvider(
  url: string,
  headers: Readonly<Record<string, string>>,
  timeoutMs = PROVIDER_TIMEOUT_MS,
): Promise<ProviderAnswer | string> {
  const { host } = new URL(url)
  try {
    const response = await fetch(url, { headers, signal: AbortSignal.timeout(timeoutMs), redirect: 'error' })
    const date = Date.parse(response.headers.get('date') ?? '')
    const text = response.body ? await readText(response.body) : ''
    return { status: response.status, body: parseJson(text), clockMs: Number.isNaN(date) ? undefined : date }
  } catch (error) {
    return `${host} ${whyNot(error, timeoutMs)}`
  }
}

/** The JSON of a provider's 2xx; undefined for anything else. */
export async function readProvider(url: string, headers: Readonly<Record<string, string>>): Promise<unknown> {
  const answer = await askProvider(url, headers, READ_TIMEOUT_MS)
  return typeof answer !== 'string' && answer.status >= 200 && answer.status < 300 ? answer.body : undefined
}

/** Well above every provider's usual time to answer. */
const PROVIDER_TIMEOUT_MS = 8_000
/** Reads are repeated until a deadline, so one attempt may be short. */
const READ_TIMEOUT_MS = 5_000

/** How a request failed, as the end of a sentence that begins with the host. */
function whyNot(error: unknown, timeoutMs: number): string {
  const { name, cause } = error as Error & { cause?: { code?: string } }
  const code = cause?.code
  if (error instanceof TooLarge) return `answered with more than ${MAX_BYTES / 1024 / 1024} MB`
  if (name === 'TimeoutError') return `did not answer within ${timeoutMs / 1000} s`
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return 'cannot be found: there is no network, or no such host'
  if (code?.startsWith('ERR_TLS') || code?.includes('CERT')) {
    return `has a certificate that this machine does not trust (${code}): a proxy in between?`
  }
  // Never the message: it quotes a header that cannot be sent, which may be a key.
  return `cannot be reached (${code ?? name})`
}

/** The value of a JSON text; undefined for any other text. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
