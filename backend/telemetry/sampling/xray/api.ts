import http, { type IncomingMessage } from 'node:http'
import https from 'node:https'
import { context, ROOT_CONTEXT } from '@opentelemetry/api'
import { suppressTracing } from '@opentelemetry/core'

/** From the beginning of a request to the end of its answer. The daemon is near, and forwards to AWS. */
const TIMEOUT_MS = 2_000
/** The largest set of rules (25, each with all its fields at full length) has some 40 KB. */
const MAX_ANSWER_BYTES = 1024 * 1024

/** Calls an operation of X-Ray's API. Rejects with a message for people: no answer, an HTTP error, no JSON object. */
export type CallXRay = (path: string, input: object, signal: AbortSignal) => Promise<object>

/**
 * Calls X-Ray's API through the daemon, which signs the requests. Calls are not traced, and an open call does not keep
 * the process running.
 */
export function createXRayApi(endpoint: string): CallXRay {
  const base = endpoint.replace(/\/+$/, '')
  const { request } = endpoint.startsWith('https:') ? https : http
  return (path, input, signal) => {
    const body = JSON.stringify(input)
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
    const { promise, resolve, reject } = Promise.withResolvers<object>()
    context.with(suppressTracing(ROOT_CONTEXT), () => {
      const outgoing = request(`${base}${path}`, { method: 'POST', headers, signal, agent: false })
      const timer = setTimeout(
        () => outgoing.destroy(new Error(`no answer within ${TIMEOUT_MS / 1_000} s`)),
        TIMEOUT_MS,
      ).unref()
      outgoing.on('socket', (socket) => socket.unref())
      outgoing.on('response', (response) => readObject(response).then(resolve, reject))
      // `localhost` without a listener: an AggregateError, whose message is empty.
      outgoing.on('error', (error: NodeJS.ErrnoException) =>
        reject(new Error(error.message || `connection failed: ${error.code}`)),
      )
      outgoing.on('close', () => {
        clearTimeout(timer)
        reject(new Error('the connection was closed'))
      })
      outgoing.end(body)
    })
    return promise
  }
}

async function readObject(response: IncomingMessage): Promise<object> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MAX_ANSWER_BYTES) throw new Error(`an answer of more than ${MAX_ANSWER_BYTES / 1024} KiB`)
    chunks.push(chunk)
  }
  const { statusCode, headers } = response
  if (statusCode !== 200)
    throw new Error(`HTTP ${statusCode} ${errorType(headers['x-amzn-errortype'])}`.trim())
  const answer = parse(Buffer.concat(chunks).toString())
  if (typeof answer !== 'object' || answer === null) throw new Error('an answer that is no JSON object')
  return answer
}

/** `AccessDeniedException:http://…` without its address. */
function errorType(header: string | string[] | undefined): string {
  return String(header ?? '').split(':', 1)[0] ?? ''
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
