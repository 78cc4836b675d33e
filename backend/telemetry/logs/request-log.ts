import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { context } from '@opentelemetry/api'
import { isTracingSuppressed } from '@opentelemetry/core'
import { routeOf } from '../instrumentation/express-routes.ts'
import { sentStatusOf, targetOf } from '../instrumentation/http-attributes.ts'
import type { Logger } from './logger.ts'

/**
 * Logs one line per traced request when the response is sent or the client has disconnected. The listener runs before
 * the app's, because it takes the start time.
 */
export function logRequests(server: Server, logger: Logger): void {
  server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
    // Paths that are not traced, such as health checks, are not logged either.
    if (isTracingSuppressed(context.active())) return
    const startedAt = performance.now()
    response.once('close', () => {
      const durationMs = performance.now() - startedAt
      const { method = 'GET' } = request
      const { path } = targetOf(request)
      const status = sentStatusOf(response)
      const hasHungUp = !response.writableFinished
      // The log has no field for an undefined value.
      const fields = {
        'http.request.method': method,
        'url.path': path,
        'http.route': routeOf(request),
        'http.response.status_code': status,
        duration_ms: Math.round(durationMs * 100) / 100,
        'app.client_hung_up': hasHungUp || undefined,
      }
      const message = `${method} ${path} ${status ?? 'unanswered'} in ${durationMs.toFixed(1)} ms`
      if (hasHungUp)
        logger.warn(fields, `${message}, cut off: the client hung up, or the answer failed half way`)
      else if (status !== undefined && status >= 500) logger.error(fields, message)
      else logger.info(fields, message)
    })
  })
}
