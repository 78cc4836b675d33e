import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { context, type Span, trace } from '@opentelemetry/api'
import { isTracingSuppressed } from '@opentelemetry/core'
import { toXRayTraceId } from '../../../../contracts/trace-id.ts'
import type { ReportedError } from '../../errors/reported-error.ts'
import type { CompleteOptions, RollbarOptions, TraceLinks } from '../../options.ts'
import type { Scrub } from '../../privacy/scrub.ts'
import { isSampled } from '../../sampling/sample-rate.ts'
import type { Batch, Delivery } from '../delivery.ts'
import { RetryQueue } from '../retry-queue.ts'
import { type BuildItem, createItemBuilder, loadRollbar, type NewItem } from './item.ts'
import { createItemSender } from './item-sender.ts'
import { redactRequest } from './request.ts'

export interface ErrorReporter {
  /**
   * Loads Rollbar's SDK, unless it is loaded. It takes some 50 ms of CPU, so do it while no request is waiting. A failure
   * becomes the delivery's last error.
   */
  load(): void
  /**
   * Sends an error with its trace, and returns the occurrence's uuid immediately; undefined if the error is not sent: it
   * exceeds the limit per minute, it comes from reporting, or the SDK does not load. Never throws, so that the caller can
   * still log the error.
   */
  report(error: ReportedError, request?: IncomingMessage): string | undefined
  /** Sends what waits, and resolves when nothing is pending. */
  flush(): Promise<void>
}

/** How much waits in an outage of Rollbar. Half of an item's some 10 KB is the code around the calls of its stack. */
const ROOM = { maxBytes: 64 * 1024 * 1024, maxItems: 10_000 }

/** Errors that wait for their item to be built, which takes a millisecond. Further ones are dropped, and counted. */
const MAX_UNBUILT = 1_000

type Options = Pick<
  CompleteOptions,
  'serviceName' | 'serviceVersion' | 'linksTo' | 'allowedQueryParameters' | 'privacy' | 'trustedProxies'
> & {
  readonly rollbar: RollbarOptions
}

/** `loadSdk` returns the class of Rollbar's SDK. */
export function createErrorReporter(
  options: Options,
  delivery: Delivery,
  scrub: Scrub,
  loadSdk = loadRollbar,
): ErrorReporter {
  const { rollbar, serviceName, serviceVersion, linksTo = () => ({}) } = options
  const queue = new RetryQueue({ delivery, send: createItemSender(rollbar), ...ROOM })
  const isWithinLimit = createLimit(rollbar.itemsPerMinute)
  const { environment, root = process.cwd() } = rollbar
  let builder: BuildItem | undefined
  /** Items are built one after the other: their order is kept, and few files are read at the same time. */
  let built: Promise<void> = Promise.resolve()
  let unbuilt = 0

  function loadBuilder(): BuildItem {
    builder ??= createItemBuilder({ environment, codeVersion: serviceVersion, root }, loadSdk())
    return builder
  }

  function drop(batch: Batch, failure: unknown): void {
    const reason = failure instanceof Error ? failure.message : String(failure)
    delivery.settle(batch, { dropped: batch.count, message: `Rollbar’s SDK failed: ${reason}` })
  }

  function limitReached(): string | undefined {
    if (!isWithinLimit()) return `more than ${rollbar.itemsPerMinute} errors within a minute`
    return unbuilt < MAX_UNBUILT ? undefined : `more than ${MAX_UNBUILT} errors at once`
  }

  async function build(item: NewItem, batch: Batch): Promise<void> {
    try {
      const data = await loadBuilder()(item)
      queue.add({ body: encode(data, scrub), batch })
    } catch (failure) {
      drop(batch, failure)
    }
    unbuilt--
  }

  return {
    load() {
      try {
        loadBuilder()
      } catch (failure) {
        drop({ count: 0, traceIds: [] }, failure)
      }
    },
    report(error, request) {
      if (isFromReporting(error)) return undefined
      const span = trace.getActiveSpan()
      const batch = { count: 1, traceIds: span ? [span.spanContext().traceId] : [] }
      delivery.started()
      const limit = limitReached()
      if (limit) {
        delivery.drop(batch, limit)
        return undefined
      }
      try {
        loadBuilder()
        const code = error.code && { code: error.code }
        const item = {
          uuid: randomUUID(),
          error,
          request: request && readable(() => redactRequest(request, options)),
          person: request && readable(() => rollbar.personOf?.(request)?.toString()),
          custom: { service: serviceName, ...code, ...(span && traceOf(span, linksTo)) },
        }
        unbuilt++
        built = built.then(() => build(item, batch))
        return item.uuid
      } catch (failure) {
        drop(batch, failure)
        return undefined
      }
    },
    async flush() {
      await built
      await queue.flush()
    },
  }
}

/** Counts calls; false beyond the limit. A minute begins with its first error. */
function createLimit(itemsPerMinute: number): () => boolean {
  let minuteEndsAt = 0
  let items = 0
  return () => {
    const now = performance.now()
    if (now >= minuteEndsAt) {
      minuteEndsAt = now + 60_000
      items = 0
    }
    return ++items <= itemsPerMinute
  }
}

const EXPORTERS = new URL('..', import.meta.url).pathname

/** Whether the error was thrown by the exporters. To report it could fail in the same way, without end. */
function isFromReporting({ frames }: ReportedError): boolean {
  return isTracingSuppressed(context.active()) && frames.some((frame) => frame.includes(EXPORTERS))
}

function traceOf(span: Span, linksTo: (traceId: string) => TraceLinks): Record<string, unknown> {
  const spanContext = span.spanContext()
  const { traceId, spanId } = spanContext
  const ids = { trace_id: traceId, span_id: spanId, xray_trace_id: toXRayTraceId(traceId) }
  return isSampled(spanContext)
    ? { ...ids, sampled: true, links: readable(() => linksTo(traceId)) }
    : { ...ids, sampled: false }
}

/** Undefined if the application's function or object throws: an error is reported without its links, request or person. */
function readable<Value>(read: () => Value): Value | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}

/** The body of a post. Each text is scrubbed, not the JSON: a secret of digits may be part of a number. */
function encode(data: unknown, scrub: Scrub): Uint8Array {
  return Buffer.from(
    JSON.stringify({ data }, (_key, value) => (typeof value === 'string' ? scrub(value) : value)),
  )
}
