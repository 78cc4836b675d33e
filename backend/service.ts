import type { Server } from 'node:http'
import express, { type Express } from 'express'
import type { TelemetryHealth } from '../contracts/telemetry-health.ts'
import { guard, securityHeaders } from './guard.ts'
import { HttpError, problemResponses, telemetryHealth, traceHeaders } from './telemetry/express.ts'
import type { Telemetry } from './telemetry/index.ts'
import { logRequests } from './telemetry/logs/request-log.ts'
import { superviseProcess } from './telemetry/process-lifecycle.ts'

/** The part of a service's telemetry that its app uses; tests pass a fake. */
export type AppTelemetry = Pick<Telemetry, 'report' | 'reportError'>

export interface ServiceOptions {
  readonly telemetry: AppTelemetry
  /** Further names of this machine in Host headers. Default: none. */
  readonly allowedHosts?: readonly string[]
}

/**
 * An app with what all services share: responses that name their trace, the checks that keep web pages of others out,
 * health checks, and problem documents for errors and unknown paths.
 */
export function createServiceApp(
  { telemetry, allowedHosts = [] }: ServiceOptions,
  addRoutes: (app: Express) => void,
): Express {
  const app = express()
  app.disable('x-powered-by')
  app.use(traceHeaders())
  app.use(securityHeaders())
  app.use(guard(allowedHosts))
  app.get('/health', (_request, response) => {
    response.json({ status: 'ok', service: telemetry.report().service, pid: process.pid })
  })
  // `satisfies` compares the type with the contract here, because telemetry/ must stay free of the contract and of zod.
  app.get(
    '/health/telemetry',
    telemetryHealth({ report: () => telemetry.report() satisfies TelemetryHealth }),
  )
  addRoutes(app)
  app.use((request) => {
    throw new HttpError(404, `There is no ${request.method} ${request.path} here.`)
  })
  app.use(problemResponses(telemetry))
  return app
}

const REQUEST_TIMEOUT_MS = 30_000
const HEADERS_TIMEOUT_MS = 10_000
const MAX_CONNECTIONS = 2_000

/**
 * Serves an app until a signal stops the process, and writes a line when it is ready. `portSetting`: the setting that
 * changes the port.
 */
export function serve(
  app: Express,
  telemetry: Telemetry,
  { host, port, portSetting }: { host: string; port: number; portSetting: string },
): Server {
  const server = app.listen(port, host, (error) => {
    if (error) {
      const { code } = error as NodeJS.ErrnoException
      const what =
        code === 'EADDRINUSE' ? `Port ${port} (TCP) is taken` : `Cannot listen on ${host}:${port} (${code})`
      process.stderr.write(`✗ ${what}.\n  → Use another: npm run env -- ${portSetting}=${port + 10}\n`)
      process.exit(1)
    }
    process.stdout.write(`${telemetry.report().service} ready http://${host}:${port}\n`)
  })
  server.requestTimeout = REQUEST_TIMEOUT_MS
  server.headersTimeout = HEADERS_TIMEOUT_MS
  server.maxConnections = MAX_CONNECTIONS
  logRequests(server, telemetry.logger)
  superviseProcess(server, telemetry)
  return server
}
