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
    const { 'client.address': client, 'network.peer.address': peer } = attributes
    const recorded = recordedAddress(textOf(client), privacy.clientAddress)
    set(attributes, 'client.address', recorded)
    // Without a proxy they are the same.
    const isSame = peer === client
    set(
      attributes,
      'network.peer.address',
      isSame ? recorded : recordedAddress(textOf(peer), privacy.clientAddress),
    )
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
      // The root of a trace that began here has no members of other systems.
      if (span.parentSpanContext) keepOwnMembers(span.spanContext())
      // A link's context is the caller's object.
      for (const [index, link] of span.links.entries()) {
        span.links[index] = { ...link, context: keepOwnMembers({ ...link.context }) }
      }
    },
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
  }
}

/** Objects from which V8 deletes a key are slower from then on, so nothing is deleted that is not there. */
function set(attributes: Attributes, name: string, value: string | undefined): void {
  if (value !== undefined) attributes[name] = value
  else if (name in attributes) delete attributes[name]
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

/** Changes a span context. */
function keepOwnMembers(spanContext: SpanContext): SpanContext {
  if (spanContext.traceState === undefined) return spanContext
  const value = spanContext.traceState?.get(TRACE_STATE_KEY)
  if (value === undefined) delete spanContext.traceState
  else spanContext.traceState = createTraceState().set(TRACE_STATE_KEY, value)
  return spanContext
}
