import { randomUUID } from 'node:crypto'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { createRequire } from 'node:module'
import { context, type Span, trace } from '@opentelemetry/api'
import { suppressTracing } from '@opentelemetry/core'
import type RollbarClient from 'rollbar'
import { toXRayTraceId } from '../../../../contracts/trace-id.ts'
import { clientAddressOf } from '../../instrumentation/http-attributes.ts'
import type { CompleteOptions, RollbarOptions, TraceLinks } from '../../options.ts'
import { recordedAddress, recordedHeaders } from '../../privacy/client.ts'
import { redactUrl } from '../../privacy/redaction.ts'
import { isSampled } from '../../sampling/sample-rate.ts'
import type { Delivery } from '../delivery.ts'

export interface ErrorReporter {
  /**
   * Loads Rollbar's SDK, unless it is loaded. It takes some 50 ms of CPU, so do it while no request is waiting. A failure
   * becomes the delivery's last error.
   */
  load(): void
  /**
   * Sends an error with its trace, and returns the occurrence's uuid immediately; undefined if the error is not
   * sent: it exceeds the limit per minute, or the SDK fails. Never throws, so that the caller can still log the error.
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

type Options = Pick<
  CompleteOptions,
  'serviceName' | 'serviceVersion' | 'linksTo' | 'allowedQueryParameters' | 'privacy' | 'trustedProxies'
> & {
  readonly rollbar: RollbarOptions
}

export function createErrorReporter(
  {
    rollbar: options,
    serviceName,
    serviceVersion,
    linksTo = () => ({}),
    allowedQueryParameters,
    privacy,
    trustedProxies,
  }: Options,
  delivery: Delivery,
): ErrorReporter {
  const allowed = new Set(allowedQueryParameters)
  let client: RollbarClient | undefined
  const loadClient = () => {
    client ??= new (createRequire(import.meta.url)('rollbar') as typeof RollbarClient)({
      accessToken: options.accessToken,
      endpoint: `${options.apiEndpoint}/api/1/item/`,
      environment: options.environment,
      codeVersion: serviceVersion,
      // process-lifecycle.ts handles uncaught errors; Rollbar's handler would let the process continue.
      captureUncaught: false,
      captureUnhandledRejections: false,
      // OpenTelemetry's spans replace Rollbar's breadcrumbs.
      autoInstrument: false,
      addErrorContext: true,
      // Limited below: beyond its own limit the SDK sends a notice instead of the item, and returns a uuid that never exists.
      itemsPerMinute: Number.MAX_SAFE_INTEGER,
      retryInterval: RETRY_INTERVAL_MS,
      maxRetries: MAX_RETRIES,
      scrubFields: SCRUBBED,
      transform: (data) => redactRequest(data as ItemData, allowed, privacy),
    })
    return client
  }

  let minuteEndsAt = 0
  let sentThisMinute = 0
  /** A minute begins with its first error. */
  const isWithinLimit = () => {
    const now = performance.now()
    if (now >= minuteEndsAt) {
      minuteEndsAt = now + 60_000
      sentThisMinute = 0
    }
    return ++sentThisMinute <= options.itemsPerMinute
  }

  return {
    load() {
      try {
        loadClient()
      } catch (failure) {
        delivery.settle({ count: 0, traceIds: [] }, { message: explainSdkFailure(failure) })
      }
    },
    report(error, request) {
      const span = trace.getActiveSpan()
      delivery.started()
      if (!isWithinLimit()) {
        const message = `more than ${options.itemsPerMinute} errors within a minute`
        delivery.settle({ count: 1, traceIds: [] }, { dropped: 1, message })
        return undefined
      }
      try {
        const rollbar = loadClient()
        const custom = { service: serviceName, ...(span && traceOf(span, linksTo)) }
        // The SDK would read the address from any header in which a client may write one.
        const ip = request && { value: clientAddressOf(request, trustedProxies) }
        const reported = ip && Object.create(request, { ip })
        // The post must not become a span of the trace that it reports.
        const { uuid } = context.with(suppressTracing(context.active()), () =>
          rollbar.error(error, reported as never, custom, (failure) => {
            delivery.settle(
              { count: 1, traceIds: span ? [span.spanContext().traceId] : [] },
              failure ? { refused: 1, message: `Rollbar: ${explain(failure)}` } : undefined,
            )
          }),
        )
        return uuid ?? randomUUID()
      } catch (failure) {
        delivery.settle({ count: 1, traceIds: [] }, { dropped: 1, message: explainSdkFailure(failure) })
        return undefined
      }
    },
    idle: () => delivery.idle(),
  }
}

function traceOf(span: Span, linksTo: (traceId: string) => TraceLinks): Record<string, unknown> {
  const spanContext = span.spanContext()
  const { traceId, spanId } = spanContext
  const ids = { trace_id: traceId, span_id: spanId, xray_trace_id: toXRayTraceId(traceId) }
  return isSampled(spanContext)
    ? { ...ids, sampled: true, links: linksTo(traceId) }
    : { ...ids, sampled: false }
}

interface ItemData {
  request?: {
    url?: string
    method?: string
    user_ip?: string
    headers?: IncomingHttpHeaders
  }
}

/** Reports method, URL and some headers of a request, but not its body, which is people's data. */
function redactRequest(
  data: ItemData,
  allowed: ReadonlySet<string>,
  privacy: CompleteOptions['privacy'],
): void {
  if (!data.request) return
  const { url, method, headers = {} } = data.request
  const address = recordedAddress(data.request.user_ip, privacy.clientAddress)
  data.request = {
    ...(url && { url: redactUrl(url, allowed) }),
    ...(method && { method }),
    ...(address && { user_ip: address }),
    headers: recordedHeaders(headers, privacy, allowed),
  }
}

function explainSdkFailure(failure: unknown): string {
  return `Rollbar’s SDK failed: ${failure instanceof Error ? failure.message : String(failure)}`
}

function explain(failure: Error & { code?: string }): string {
  if (failure.code === 'ECONNREFUSED') return 'nothing listens at its endpoint (npm run status)'
  return failure.message || 'the item was refused'
}
