import { z } from 'zod'
import { toXRayTraceId } from '../../contracts/trace-id.ts'
import type { ClientSpans } from './client-span.ts'

const REQUEST_TIMEOUT_MS = 10_000

/** By which a collector knows traces that are to be kept (collector/gateway.yaml). */
export const USER_AGENT = 'cruddur-verify'

const ProblemBody = z.object({ rollbar_uuid: z.string().optional() })

/** How one request to the api came out. */
export interface Answer {
  readonly path: string
  readonly traceId: string
  /** 0: no answer. */
  readonly status: number
  readonly durationMs: number
  /** Epoch milliseconds. */
  readonly startedAt: number
  /** The trace that the answer names, and whether it was kept. */
  readonly answeredTraceId: string | undefined
  readonly isSampled: boolean | undefined
  readonly rollbarUuid: string | undefined
}

/** Sends one request under a span of ours, whose id and decision go along in both notations. */
export async function sendRequest(spans: ClientSpans, api: string, path: string): Promise<Answer> {
  const url = new URL(path, api)
  const span = spans.start('GET', url)
  const startedAt = Date.now()
  const asked = performance.now()
  const base = { path, traceId: span.traceId, startedAt }
  try {
    const response = await fetch(url, {
      headers: {
        'user-agent': USER_AGENT,
        traceparent: `00-${span.traceId}-${span.spanId}-01`,
        'x-amzn-trace-id': `Root=${toXRayTraceId(span.traceId)};Parent=${span.spanId};Sampled=1`,
      },
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    })
    const body: unknown = await response.json().catch(() => undefined)
    span.end(response.status)
    const [, answeredTraceId, , flags] = response.headers.get('traceresponse')?.split('-') ?? []
    return {
      ...base,
      status: response.status,
      durationMs: performance.now() - asked,
      answeredTraceId,
      isSampled: flags === undefined ? undefined : (Number.parseInt(flags, 16) & 1) === 1,
      rollbarUuid: ProblemBody.safeParse(body).data?.rollbar_uuid,
    }
  } catch {
    span.end(0)
    const durationMs = performance.now() - asked
    return {
      ...base,
      status: 0,
      durationMs,
      answeredTraceId: undefined,
      isSampled: undefined,
      rollbarUuid: undefined,
    }
  }
}
