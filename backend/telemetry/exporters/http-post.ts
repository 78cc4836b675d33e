import http, { type ClientRequest, type IncomingHttpHeaders } from 'node:http'
import https from 'node:https'

/** What a post came to. */
export type PostResult =
  | {
      readonly kind: 'answered'
      readonly status: number
      readonly headers: IncomingHttpHeaders
      /** At most the first 64 KiB; `isWhole` is false if there was more. */
      readonly body: Buffer
      readonly isWhole: boolean
    }
  /** A 2xx began and did not end: the provider may have accepted everything, or a part. */
  | { readonly kind: 'cut'; readonly message: string }
  /** No answer: the connection failed, or the time was up. `code` is Node's, such as ECONNREFUSED. */
  | { readonly kind: 'unanswered'; readonly message: string; readonly code?: string | undefined }

/** Posts a body. Never rejects. */
export type Post = (headers: Readonly<Record<string, string>>, body: Uint8Array) => Promise<PostResult>

/** From the beginning of a post to the end of its answer, at least. */
export const POST_TIMEOUT_MS = 10_000
/** A slow provider gets up to this many times as long. */
const MAX_PATIENCE = 3
/** An answer is a few bytes. A proxy's page may be of any size. */
const MAX_ANSWER_BYTES = 64 * 1024

/** Hosts of this machine, which no proxy can reach. */
const LOOPBACK = /^(localhost|127\..*|\[::1\])$/

/**
 * Returns a function that posts to one URL, over one connection that is kept open. An answer that is later than
 * `timeoutMs` counts as none, and the body is sent again, although the provider may have stored it. A slow provider must
 * not get every body twice, so it then has longer: twice the time of its last attempt, at most three times `timeoutMs`.
 */
export function createPost(url: URL, timeoutMs = POST_TIMEOUT_MS): Post {
  const longestMs = timeoutMs * MAX_PATIENCE
  let currentMs = timeoutMs
  const { request, Agent } = url.protocol === 'https:' ? https : http
  const usesProxy = process.env.NODE_USE_ENV_PROXY === '1' && !LOOPBACK.test(url.hostname)
  const agent = new Agent({
    keepAlive: true,
    maxSockets: 1,
    // Only Node's own agents read the proxy's address by themselves: https://nodejs.org/api/http.html#built-in-proxy-support
    ...(usesProxy && { proxyEnv: process.env }),
  })

  function attempt(headers: Readonly<Record<string, string>>, body: Uint8Array) {
    const outgoing = request(url, {
      method: 'POST',
      agent,
      headers: { ...headers, 'content-length': body.byteLength },
    })
    // A provider that does not answer must not keep the process from ending; `Telemetry.stop` waits for posts.
    outgoing.on('socket', (socket) => socket.unref())
    const startedAt = performance.now()
    const result = readAnswer(outgoing, currentMs)
    outgoing.end(body)
    return result.then((answer) => {
      const tookMs = performance.now() - startedAt
      const isAnswered = answer.kind === 'answered'
      if (isAnswered || tookMs >= currentMs) currentMs = Math.min(longestMs, Math.max(timeoutMs, 2 * tookMs))
      return { answer, isReused: outgoing.reusedSocket }
    })
  }

  return async (headers, body) => {
    const { answer, isReused } = await attempt(headers, body)
    // The server closed a connection that was idle at the moment of the post. That is no failure.
    // Source: https://nodejs.org/api/http.html#requestreusedsocket
    const isStale = isReused && answer.kind === 'unanswered' && isReset(answer.code)
    return isStale ? (await attempt(headers, body)).answer : answer
  }
}

export function isSuccess(status: number): boolean {
  return status >= 200 && status < 300
}

function isReset(code: string | undefined): boolean {
  return code === 'ECONNRESET' || code === 'EPIPE'
}

function readAnswer(outgoing: ClientRequest, timeoutMs: number): Promise<PostResult> {
  const { promise, resolve } = Promise.withResolvers<PostResult>()
  let onFailure = ({ message, code }: NodeJS.ErrnoException): void =>
    resolve({ kind: 'unanswered', message: message || `${code}`, code })
  const timer = setTimeout(
    () => outgoing.destroy(new Error(`no answer within ${timeoutMs / 1_000} s`)),
    timeoutMs,
  ).unref()
  outgoing.on('error', (error) => onFailure(error))
  outgoing.on('close', () => {
    clearTimeout(timer)
    onFailure(new Error('the connection was closed'))
  })
  outgoing.on('response', (response) => {
    const { statusCode: status = 0, headers } = response
    const chunks: Buffer[] = []
    let size = 0
    const answer = (isWhole: boolean) =>
      resolve({ kind: 'answered', status, headers, body: Buffer.concat(chunks), isWhole })
    // The status of a rejection says enough.
    onFailure = (error) =>
      isSuccess(status) ? resolve({ kind: 'cut', message: error.message }) : answer(false)
    response.on('data', (chunk: Buffer) => {
      const room = MAX_ANSWER_BYTES - size
      chunks.push(chunk.subarray(0, room))
      size += chunk.length
      if (chunk.length <= room) return
      answer(false)
      outgoing.destroy()
    })
    response.on('end', () => answer(true))
    response.on('error', (error) => onFailure(error))
  })
  return promise
}

/** Milliseconds of a Retry-After header: seconds, or a date. Source: https://www.rfc-editor.org/rfc/rfc9110#field.retry-after */
export function retryAfterMs({ 'retry-after': header }: IncomingHttpHeaders): number | undefined {
  if (header === undefined) return undefined
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1_000 : Date.parse(header) - Date.now()
  return Number.isNaN(ms) ? undefined : Math.max(0, ms)
}
