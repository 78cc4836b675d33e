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
   * Sends an error with its trace, and returns the occurrence's uuid immediately; undefined if the error exceeds the
   * limit per minute and is not sent.
   */
  report(error: Error, request?: IncomingMessage): string | undefined
  /** Resolves when every item has been answered or given up. */
  idle(): Promise<void>
}

/**
 * Names of headers and fields that Rollbar's default list lacks; case does not matter. Passed as `scrubFields`, which adds
 * to the defaults; `scrubHeaders` would replace them, and lose `authorization` and `cookie`.
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
      // process-lifecycle.ts handles uncaught errors; Rollbar's handler would let the process continue.
      captureUncaught: false,
      captureUnhandledRejections: false,
      // OpenTelemetry's spans replace Rollbar's breadcrumbs.
      autoInstrument: false,
      captureIp: 'anonymize',
      addErrorContext: true,
      // Limited below: beyond its own limit the SDK sends a notice instead of the item, and returns a uuid that never exists.
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
      // The post must not become a span of the trace that it reports.
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

/** Headers that hold no secrets. An allow-list, because headers with secrets have any name. */
const REPORTED_HEADERS = new Set([
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

/** Reports method, URL and some headers of a request, but not its body, which is people's data. */
function redactRequest(data: ItemData, allowed: ReadonlySet<string>): void {
  if (!data.request) return
  const { url, method, user_ip: ip, headers = {} } = data.request
  const reported = Object.entries(headers).flatMap(([name, value]) => {
    if (!REPORTED_HEADERS.has(name.toLowerCase()) || typeof value !== 'string') return []
    // The referrer is a URL with a query string.
    return [[name, name.toLowerCase() === 'referer' ? redactUrl(value, allowed) : value]]
  })
  data.request = {
    ...(url && { url: redactUrl(url, allowed) }),
    ...(method && { method }),
    ...(ip && { user_ip: ip }),
    headers: Object.fromEntries(reported),
  }
}

/** Allows `max` calls per minute; a minute begins with its first call. */
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
