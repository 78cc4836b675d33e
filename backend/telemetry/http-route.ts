import { ClientRequest, type IncomingMessage, ServerResponse } from 'node:http'
import type { Span } from '@opentelemetry/api'
import { ATTR_HTTP_ROUTE } from '@opentelemetry/semantic-conventions'
import { restoreFailure } from './report-error.ts'

/**
 * The route that Express matched (`/api/activities/@:handle`). Express leaves it on the request; instrumentation-express
 * would wrap every layer to learn it.
 */
export function routeOf(request: IncomingMessage): string | undefined {
  const { route, baseUrl } = request as { route?: { path?: unknown }; baseUrl?: string }
  return typeof route?.path === 'string' ? `${baseUrl ?? ''}${route.path}` : undefined
}

/**
 * Names a server span by its route, so that a thousand handles are one name; says why it failed; and marks it where
 * the answer was cut off, which its status, sent before, does not tell.
 */
export function describeServerSpan(
  span: Span,
  request: ClientRequest | IncomingMessage,
  response: IncomingMessage | ServerResponse,
): void {
  if (request instanceof ClientRequest) return
  const route = routeOf(request)
  if (route) {
    span.setAttribute(ATTR_HTTP_ROUTE, route)
    span.updateName(`${request.method ?? 'GET'} ${route}`)
  }
  restoreFailure(span)
  if (response instanceof ServerResponse && !response.writableFinished) {
    span.setAttribute('app.client_hung_up', true)
  }
}
