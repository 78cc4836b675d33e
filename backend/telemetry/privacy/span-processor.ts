import { type Attributes, createTraceState, type SpanContext, SpanKind } from '@opentelemetry/api'
import type { SpanProcessor } from '@opentelemetry/sdk-trace'
import type { CompleteOptions } from '../options.ts'
import { TRACE_STATE_KEY } from '../sampling/sample-rate.ts'
import { recordedAddress } from './client.ts'
import { redactQuery, redactUrl } from './redaction.ts'

type Options = Pick<CompleteOptions, 'allowedQueryParameters' | 'privacy'>

/**
 * Removes from every span, whichever instrumentation created it, what no provider should get. Must be the first
 * processor, so that the exporters see its result.
 *
 * - Values of query parameters that are not allowed: people put tokens there. An allow-list, because secret parameters
 *   have any name.
 * - Of the client, what the privacy options do not allow.
 * - Other systems' members of `tracestate`, which may have any content. They are passed on to called services: the
 *   span's context changes when the span ends.
 */
export function createPrivacyProcessor({ allowedQueryParameters, privacy }: Options): SpanProcessor {
  const allowed = new Set(allowedQueryParameters)

  function limitClient(attributes: Attributes): void {
    for (const name of ['client.address', 'network.peer.address']) {
      set(attributes, name, recordedAddress(textOf(attributes[name]), privacy.clientAddress))
    }
    // With the time, a port identifies a person among those who share an address.
    if (privacy.clientAddress !== 'full') {
      set(attributes, 'client.port', undefined)
      set(attributes, 'network.peer.port', undefined)
    }
  }

  return {
    onStart(span) {
      const { attributes } = span as { attributes: Attributes }
      const { 'url.query': query, 'url.full': full } = attributes
      if (typeof query === 'string' && query !== '') attributes['url.query'] = redactQuery(query, allowed)
      if (typeof full === 'string') attributes['url.full'] = redactUrl(full, allowed)
      // Of a call too: a service may pass on the caller's header.
      if (!privacy.userAgent) set(attributes, 'user_agent.original', undefined)
      if (span.kind === SpanKind.SERVER) limitClient(attributes)
    },
    onEnd(span) {
      keepOwnMembers(span.spanContext())
      // A link's context is the caller's object.
      for (const [index, link] of span.links.entries()) {
        span.links[index] = { ...link, context: keepOwnMembers({ ...link.context }) }
      }
    },
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
  }
}

function set(attributes: Attributes, name: string, value: string | undefined): void {
  if (value === undefined) delete attributes[name]
  else attributes[name] = value
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

/** Changes a span context. */
function keepOwnMembers(spanContext: SpanContext): SpanContext {
  const value = spanContext.traceState?.get(TRACE_STATE_KEY)
  if (value === undefined) delete spanContext.traceState
  else spanContext.traceState = createTraceState().set(TRACE_STATE_KEY, value)
  return spanContext
}
