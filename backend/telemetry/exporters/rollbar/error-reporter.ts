import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { createRequire } from 'node:module'
import { context, type Span, trace } from '@opentelemetry/api'
import { suppressTracing } from '@opentelemetry/core'
import type RollbarClient from 'rollbar'
import { toXRayTraceId } from '../../../../contracts/trace-id.ts'
import type { RollbarOptions, TraceLinks } from '../../options.ts'
import { redactUrl } from '../../privacy/redaction.ts'
import { isSampled } from '../../sampling/sample-rate.ts'
import type { Delivery } from '../delivery.ts'

export interface ErrorReporter {
  /**
   * Sends an error with the trace that it happened in, and returns the occurrence's uuid at once; undefined for one of
   * too many, which is not sent.
   */
  report(error: Error, request?: IncomingMessage): string | undefined
  /** Resolves when every item has been answered, or given up. */
  idle(): Promise<void>
}

/**
 * Names that Rollbar's own list does not have, of headers and fields alike; letter case does not matter to it. Given as
 * `scrubFields`, which adds to the defaults: `scrubHeaders` would replace them, `authorization` and `cookie` among them.
 */
const SCRUBBED = [
  'apiKey',
  'x-api-key',
  'x-honeycomb-team',
  'x-amz-security-token',
  'proxy-authorization',
  'aws_access_key_id',
  'aws_secret_access_key',
  'aws_session_token',
]
const RETRY_INTERVAL_MS = 1_000
const MAX_RETRIES = 3

export function createErrorReporter(
  options: RollbarOptions,
  service: { readonly name: string; readonly version: string },
  delivery: Delivery,
  linksTo: (traceId: string) => TraceLinks,
  allowedQueryParameters: ReadonlySet<string>,
): ErrorReporter {
  const createClient = () =>
    new (loadRollbar())({
      accessToken: options.accessToken,
      endpoint: `${options.apiEndpoint}/api/1/item/`,
      environment: options.environment,
      codeVersion: service.version,
      // This process decides what an uncaught error means (process-lifecycle.ts); Rollbar's handler would let it run on.
      captureUncaught: false,
      captureUnhandledRejections: false,
      // OpenTelemetry has the breadcrumbs already.
      autoInstrument: false,
      captureIp: 'anonymize',
      addErrorContext: true,
      // Counted here: beyond its own limit the SDK puts a notice in an item's place, and hands out uuids of nothing.
      itemsPerMinute: Number.MAX_SAFE_INTEGER,
      retryInterval: RETRY_INTERVAL_MS,
      maxRetries: MAX_RETRIES,
      scrubFields: SCRUBBED,
      transform: (data) => redactRequest(data as ItemData, allowedQueryParameters),
    })

  let client: RollbarClient | undefined
  const limit = new PerMinute(options.itemsPerMinute)
  return {
    report(error, request) {
      const span = trace.getActiveSpan()
      delivery.started()
      if (!limit.take()) {
        delivery.settle(
          { count: 1, traceIds: [] },
          { dropped: 1, message: `more than ${options.itemsPerMinute} errors within a minute` },
        )
        return undefined
      }
      client ??= createClient()
      const rollbar = client
      const custom = span ? traceOf(span, service.name, linksTo) : { service: service.name }
      // The post must not become a span of the trace that it is about.
      const { uuid } = context.with(suppressTracing(context.active()), () =>
        rollbar.error(error, request as never, custom, (failure) => {
          delivery.settle(
            { count: 1, traceIds: span ? [span.spanContext().traceId] : [] },
            failure ? { refused: 1, message: `Rollbar: ${explain(failure)}` } : undefined,
          )
        }),
      )
      return uuid ?? randomUUID()
    },
    idle: () => delivery.idle(),
  }
}

/** Loads the SDK with the first error: that takes 50 ms of CPU, and most processes report no error. */
function loadRollbar(): typeof RollbarClient {
  return createRequire(import.meta.url)('rollbar') as typeof RollbarClient
}

function traceOf(
  span: Span,
  service: string,
  linksTo: (traceId: string) => TraceLinks,
): Record<string, unknown> {
  const at = span.spanContext()
  const { traceId, spanId } = at
  const ids = { service, trace_id: traceId, span_id: spanId, xray_trace_id: toXRayTraceId(traceId) }
  return isSampled(at) ? { ...ids, sampled: true, links: linksTo(traceId) } : { ...ids, sampled: false }
}

interface ItemData {
  request?: {
    url?: string
    method?: string
    user_ip?: string
    headers?: Record<string, unknown>
  }
}

/** Headers that are nobody's secret. Those that carry one have as many names as there are services. */
const TOLD_HEADERS = new Set([
  'accept',
  'accept-language',
  'content-length',
  'content-type',
  'host',
  'referer',
  'traceparent',
  'user-agent',
  'x-amzn-trace-id',
])

/** What is told of a request: where and how it came. Not its body, which is what people wrote. */
function redactRequest(data: ItemData, allowed: ReadonlySet<string>): void {
  if (!data.request) return
  const { url, method, user_ip: ip, headers = {} } = data.request
  const told = Object.entries(headers).flatMap(([name, value]) => {
    if (!TOLD_HEADERS.has(name.toLowerCase()) || typeof value !== 'string') return []
    // Where the client came from has a query string too.
    return [[name, name.toLowerCase() === 'referer' ? redactUrl(value, allowed) : value]]
  })
  data.request = {
    ...(url && { url: redactUrl(url, allowed) }),
    ...(method && { method }),
    ...(ip && { user_ip: ip }),
    headers: Object.fromEntries(told),
  }
}

/** At most so many within a minute, which begins with the first. */
class PerMinute {
  readonly #max: number
  #endsAt = 0
  #taken = 0

  constructor(max: number) {
    this.#max = max
  }

  take(): boolean {
    const now = performance.now()
    if (now >= this.#endsAt) {
      this.#endsAt = now + 60_000
      this.#taken = 0
    }
    return ++this.#taken <= this.#max
  }
}

function explain(failure: Error & { code?: string }): string {
  if (failure.code === 'ECONNREFUSED') return 'nothing listens at its endpoint (npm run status)'
  return failure.message || 'the item was refused'
}
