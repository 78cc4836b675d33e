import type { Person } from './people.ts'
import { SIGN_IN } from './routes.ts'
import type { LoadRequest } from './traffic.ts'

const TIMEOUT_MS = 10_000

export interface LoadAnswer {
  /** 0 without an answer, or with an incomplete one. */
  readonly status: number
  readonly isSampled: boolean
  /** The cookies that the answer sets, as a request sends them. */
  readonly cookie?: string
}

/** The request that opens a person's session. */
export function signInOf(person: Person): LoadRequest {
  return { route: SIGN_IN, path: '/api/session', body: { handle: person.user.handle }, person }
}

/** Sends a request to the api at a base address. Never rejects. */
export async function send(
  api: string,
  { route: { method }, path, body, person }: LoadRequest,
  cookie?: string,
): Promise<LoadAnswer> {
  try {
    const response = await fetch(`${api}${path}`, {
      method,
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: {
        'x-client-version': person.clientVersion,
        ...(cookie && { cookie }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    await response.arrayBuffer()
    return {
      status: response.status,
      isSampled: /Sampled=1/.test(response.headers.get('x-amzn-trace-id') ?? ''),
      cookie: response.headers
        .getSetCookie()
        .map((one) => one.split(';', 1)[0])
        .join('; '),
    }
  } catch {
    return { status: 0, isSampled: false }
  }
}
