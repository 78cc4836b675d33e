import express, { type Express } from 'express'
import type { TelemetryHealth } from '../contracts/telemetry-health.ts'
import { HttpError, problems, telemetryHealth, traceHeaders } from './telemetry/express.ts'
import type { Telemetry } from './telemetry/index.ts'

/** As much of a service's telemetry as its app needs; tests give one of their own. */
export type AppTelemetry = Pick<Telemetry, 'report' | 'reportError'>

/**
 * An app with what every service has around its routes: responses that name their trace, health checks, and problem
 * documents for whatever goes wrong, an unknown path among it.
 */
export function createServiceApp(telemetry: AppTelemetry, addRoutes: (app: Express) => void): Express {
  const app = express()
  app.disable('x-powered-by')
  app.use(traceHeaders())
  app.get('/health', (_request, response) => {
    response.json({ status: 'ok', service: telemetry.report().service, pid: process.pid })
  })
  // Checked here, not in `telemetry/`, which can be copied without zod and so does not import the contract.
  app.get(
    '/health/telemetry',
    telemetryHealth({ report: () => telemetry.report() satisfies TelemetryHealth }),
  )
  addRoutes(app)
  app.use((request) => {
    throw new HttpError(404, `There is no ${request.method} ${request.path} here.`)
  })
  app.use(problems(telemetry))
  return app
}
