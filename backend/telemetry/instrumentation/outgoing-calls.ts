import type { Attributes, Span } from '@opentelemetry/api'
import type { Instrumentation } from '@opentelemetry/instrumentation'
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http'
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici'
import { isKnownMethod, methodName } from './http-attributes.ts'
import { createPgInstrumentation } from './postgres.ts'
import { resendAttributes } from './resend-count.ts'
import { templateAttributes, urlTemplate } from './url-template.ts'

interface Call {
  readonly method?: string | undefined
}

/** Spans for calls of this process: HTTP by `node:http` and by `fetch`, and Postgres. */
export function createInstrumentations(): Instrumentation[] {
  return [
    new HttpInstrumentation({
      disableIncomingRequestInstrumentation: true,
      // privacy/span-processor.ts redacts for every instrumentation.
      redactedQueryParams: [],
      startOutgoingSpanHook: callAttributes,
      requestHook: nameCall,
      responseHook: (span, { statusCode }) => markFailure(span, statusCode),
    }),
    new UndiciInstrumentation({
      startSpanHook: (request) => ({ ...callAttributes(), ...corrections(request) }),
      requestHook: nameCall,
    }),
    createPgInstrumentation(),
  ]
}

function callAttributes(): Attributes {
  return { ...resendAttributes(), ...templateAttributes() }
}

/** Source: https://opentelemetry.io/docs/specs/semconv/http/http-spans/#name */
function nameCall(span: Span, call: Call): void {
  const template = urlTemplate()
  if (template !== undefined) span.updateName(`${methodName(call)} ${template}`)
}

/** instrumentation-http has the type of an error only in its metric. */
function markFailure(span: Span, statusCode: number | undefined): void {
  if (statusCode !== undefined && statusCode >= 400) span.setAttribute('error.type', String(statusCode))
}

/**
 * What instrumentation-undici records differently from the conventions: the original method is for methods that were
 * changed, and a URL without a query has none. A span has no attribute for an undefined value.
 *
 * Source: https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-client-span
 */
function corrections({ method, path }: { readonly method: string; readonly path: string }): Attributes {
  return {
    ...(isKnownMethod(method) && { 'http.request.method_original': undefined }),
    ...(!/\?[^#]/.test(path) && { 'url.query': undefined }),
  }
}
