import type { IncomingMessage } from 'node:http'

/**
 * The route that Express matched (`/api/activities/@:handle`). Express leaves it on the request; instrumentation-express
 * would wrap every layer to learn it.
 */
export function routeOf(request: IncomingMessage): string | undefined {
  const { route, baseUrl } = request as { route?: { path?: unknown }; baseUrl?: string }
  return typeof route?.path === 'string' ? `${baseUrl ?? ''}${route.path}` : undefined
}
