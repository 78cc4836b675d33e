import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http'
import type { Span } from '@opentelemetry/api'
import { ATTR_HTTP_ROUTE } from '@opentelemetry/semantic-conventions'

/**
 * Names a server span by the route that Express matched (`GET /api/activities/@:handle`), so that a thousand handles
 * are one name. Express leaves the route on the request; instrumentation-express would wrap every layer to learn it.
 */
export function nameByRoute(
  span: Span,
  request: ClientRequest | IncomingMessage,
  _response: IncomingMessage | ServerResponse,
): void {
  const { route, baseUrl, method } = request as {
    route?: { path?: unknown }
    baseUrl?: string
    method?: string
  }
  if (typeof route?.path !== 'string') return
  const path = `${baseUrl ?? ''}${route.path}`
  span.setAttribute(ATTR_HTTP_ROUTE, path)
  span.updateName(`${method ?? 'GET'} ${path}`)
}
