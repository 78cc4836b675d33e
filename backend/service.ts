import { createServer, type Server } from 'node:http'
import express, { type Express } from 'express'
import type { Container } from '../contracts/container.ts'
import { toLogLines } from '../contracts/logged-diagnosis.ts'
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
  /** The container that the service runs in. Default: none. */
  readonly container?: Container | undefined
}

/**
 * An app with what all services share: responses that name their trace, the checks that keep web pages of others out,
 * health checks, and problem documents for errors and unknown paths.
 */
export function createServiceApp(
  { telemetry, allowedHosts = [], container }: ServiceOptions,
  addRoutes: (app: Express) => void,
): Express {
  const app = express()
  app.disable('x-powered-by')
  app.use(traceHeaders())
  app.use(securityHeaders())
  app.use(guard(allowedHosts))
  app.get('/health', (_request, response) => {
    response.json({ status: 'ok', service: telemetry.report().service, pid: process.pid, container })
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

const LIMITS = {
  maxConnections: 2_000,
  /** From the connection to the last header, and to the end of the body. Node checks both every `checkMs`. */
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  checkMs: 5_000,
}

/** A server for an app, with bounds for slow and for many clients. It does not listen yet. */
export function createServiceServer(app: Express, limits: Readonly<typeof LIMITS> = LIMITS): Server {
  const server = createServer(
    {
      headersTimeout: limits.headersTimeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      connectionsCheckingInterval: limits.checkMs,
    },
    app,
  )
  server.maxConnections = limits.maxConnections
  return server
}

/**
 * Serves an app until a signal stops the process, and writes a line when it is ready. `portSetting`: the setting that
 * changes the port.
 */
export function serve(
  app: Express,
  telemetry: Telemetry,
  { host, port, portSetting }: { host: string; port: number; portSetting: string },
): Server {
  const server = createServiceServer(app)
  server.once('error', ({ code }: NodeJS.ErrnoException) => {
    const what =
      code === 'EADDRINUSE' ? `Port ${port} (TCP) is taken` : `Cannot listen on ${host}:${port} (${code})`
    const fix = `Use another: npm run env -- ${portSetting}=${port + 10}`
    process.stderr.write(toLogLines({ what: `${what}.`, fix }))
    process.exit(1)
  })
  server.listen(port, host, () => {
    process.stdout.write(`${telemetry.report().service} ready http://${host}:${port}\n`)
  })
  logRequests(server, telemetry.logger)
  superviseProcess(server, telemetry)
  return server
}
