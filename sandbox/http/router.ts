import type { IncomingHttpHeaders } from 'node:http'
import type { Answer, HttpError } from './answer.ts'
import type { Encoding } from './decompress.ts'

/** A request as a handler sees it: its body is complete, decompressed and within the route's bound. */
export interface RouteRequest {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  /** The decoded parts of the path that the route names as `:name`. */
  readonly params: Readonly<Record<string, string>>
  readonly body: Buffer
  /** Waits for the sender's turn between those of large bodies, for work as long as theirs. Throws an HttpError (503). */
  readonly takeTurn: () => Promise<void>
  /** Aborts when the client has disconnected before its answer. */
  readonly signal: AbortSignal
}

/** What is known of a request before its body is read. */
export type RequestHead = Omit<RouteRequest, 'body' | 'takeTurn' | 'signal'>

export interface Route {
  readonly method: 'GET' | 'POST'
  /** For example `/1/datasets/:slug`. Requests may add a slash at the end. */
  readonly path: string
  /** Whether pages of other origins may send to it (guard.ts). */
  readonly takesTelemetry?: boolean
  /** A read that depends on path and query alone, and whose answer is no stream: equal ones that wait share an answer. */
  readonly isShared?: boolean
  /** The most bytes that the body may have, before and after decompression. */
  readonly maxBodyBytes?: number
  /** Reads Content-Encoding where the provider reads it in its own way. Throws an HttpError. */
  readonly encodingOf?: (request: Pick<RequestHead, 'headers'>) => Encoding | 'identity'
  /** Runs before the body is read. Throws an HttpError for a request that is not allowed. */
  readonly check?: (request: RequestHead) => void
  readonly handle: (request: RouteRequest) => Answer | Promise<Answer>
  /** Formats an HttpError as the provider does. */
  readonly toErrorAnswer?: (error: HttpError, request: RequestHead) => Answer
}

export type Match =
  | { readonly route: Route; readonly params: Record<string, string> }
  | { readonly allowed: readonly string[]; readonly toErrorAnswer: Route['toErrorAnswer'] }

/** Finds the route of a request. Where none matches, `allowed` lists the methods of its path. */
export function createRouter(routes: readonly Route[]): (method: string, path: string) => Match {
  const exact = new Map<string, Route[]>()
  const patterns: { parts: string[]; route: Route }[] = []
  for (const route of routes) {
    if (route.path.includes('/:')) patterns.push({ parts: route.path.split('/'), route })
    else exact.set(route.path, [...(exact.get(route.path) ?? []), route])
  }
  return (method, path) => {
    const wanted = method === 'HEAD' ? 'GET' : method
    const trimmed = path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path
    const found = (exact.get(trimmed) ?? []).map((route) => ({ route, params: {} }))
    const parts = trimmed.split('/')
    const matches: { route: Route; params: Record<string, string> }[] = [...found]
    for (const { parts: pattern, route } of patterns) {
      const params = matchParts(pattern, parts)
      if (params) matches.push({ route, params })
    }
    return (
      matches.find(({ route }) => route.method === wanted) ?? {
        allowed: matches.map(({ route }) => route.method),
        toErrorAnswer: matches[0]?.route.toErrorAnswer,
      }
    )
  }
}

function matchParts(
  pattern: readonly string[],
  parts: readonly string[],
): Record<string, string> | undefined {
  if (pattern.length !== parts.length) return undefined
  const params: Record<string, string> = {}
  for (const [index, expected] of pattern.entries()) {
    const actual = parts[index] ?? ''
    if (!expected.startsWith(':')) {
      if (expected !== actual) return undefined
      continue
    }
    const decoded = decode(actual)
    if (!decoded) return undefined
    params[expected.slice(1)] = decoded
  }
  return params
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
