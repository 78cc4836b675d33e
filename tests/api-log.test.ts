import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer, get } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { context, diag, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { logDiagnostics } from '../backend/telemetry/logs/diagnostics.ts'
import { createLogger } from '../backend/telemetry/logs/logger.ts'
import { logRequests } from '../backend/telemetry/logs/request-log.ts'
import { newSpanId, newTraceId } from '../contracts/trace-id.ts'
import { readLoggedRequests, readTelemetryWarnings } from '../scripts/workshop/evidence/request-log.ts'
import { readSettings } from '../settings/read.ts'
import { temporaryFolder } from './harness/temporary-folder.ts'

const OPTIONS = {
  serviceName: 'cruddur-backend',
  privacy: { clientAddress: 'truncated', userAgent: true, referrer: 'origin' },
  trustedProxies: 0,
} as const
/** A text that an error may have, and that is no line about a request. */
const LIKE_A_REQUEST = 'GET /rollbar/test 200 in 1.0 ms, says the error'
const ENDED = 'Cannot execute the operation on ended Span'

beforeEach(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
})
afterEach(() => {
  vi.restoreAllMocks()
  context.disable()
  diag.disable()
})

// A workspace's log is text for people, that of NODE_ENV=production JSON.
test.each(['text', 'json'] as const)(
  'the workshop reads from the api’s log (%s) each request and each warning that the api writes',
  async (logFormat) => {
    const written: string[] = []
    for (const stream of [process.stdout, process.stderr]) {
      vi.spyOn(stream, 'write').mockImplementation((text) => written.push(String(text)) > 0)
    }
    const startedMs = Date.now()
    const [kept, notKept, cutOff] = [newTraceId(), newTraceId(), newTraceId()]
    const logger = createLogger({ ...OPTIONS, logFormat }, (text) => text)
    logDiagnostics({ ...OPTIONS, logFormat })
    await using api = await startApi(logger)
    await api.send(`/api/activities/search?term=two%20words`, { traceId: kept, traceFlags: 1 })
    await api.send('/rollbar/test', { traceId: notKept, traceFlags: 0 })
    diag.error(`${ENDED} {traceId: ${kept}}`)
    await api.send('/never', { traceId: cutOff, traceFlags: 1 })
    vi.restoreAllMocks()

    const folder = temporaryFolder()
    mkdirSync(join(folder, 'logs'))
    writeFileSync(join(folder, 'logs', 'api.log'), written.join(''))
    const settings = readSettings({ WORKSPACE_STATE_DIR: folder, WORKSPACE_ENV_FILE: join(folder, '.env') })
    const requests = readLoggedRequests(settings, startedMs)
    expect(requests, written.join('')).toEqual([
      { ...seen(cutOff, '/never', true), status: undefined },
      { ...seen(notKept, '/rollbar/test', false), status: 500 },
      { ...seen(kept, '/api/activities/search', true), status: 200 },
    ])
    for (const { atMs } of requests) expect(atMs).toBeLessThanOrEqual(Date.now())
    expect(readTelemetryWarnings(settings, startedMs)).toEqual([`telemetry: ${ENDED} {traceId: ${kept}}`])
  },
)

function seen(traceId: string, path: string, isKept: boolean) {
  return { traceId, path, isKept, method: 'GET', atMs: expect.any(Number) }
}

/** A server that logs as the api does. It answers no request to `/never`; /rollbar/ fails, and logs a stack before. */
async function startApi(logger: ReturnType<typeof createLogger>) {
  let spanContext = { traceId: '', spanId: '', traceFlags: 0 }
  const active = () => trace.setSpanContext(context.active(), spanContext)
  const closed: Promise<unknown>[] = []
  const server = createServer(({ url = '' }, response) => {
    if (url === '/never') return
    const isFailing = url.startsWith('/rollbar/')
    if (isFailing) context.with(active(), () => logger.error(new Error(LIKE_A_REQUEST)))
    response.writeHead(isFailing ? 500 : 200).end()
  })
  logRequests(server, logger)
  // As the instrumentation of HTTP does: the listeners of a response run in the context of its request.
  server.prependListener('request', (_request, response) => {
    context.bind(active(), response)
    closed.push(once(response, 'close'))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  return {
    async send(path: string, one: { traceId: string; traceFlags: number }) {
      spanContext = { ...one, spanId: newSpanId() }
      const request = get({ host: '127.0.0.1', port, path, agent: false })
      request.on('error', () => {})
      if (path === '/never') await once(server, 'request').then(() => request.destroy())
      else await once(request, 'response').then(([response]) => response.resume())
      await Promise.all(closed)
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
    },
  }
}
