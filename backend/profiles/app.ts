import express, { type Express } from 'express'
import { HttpError, problems, telemetryHealth, traceHeaders } from '../telemetry/express.ts'
import type { Telemetry } from '../telemetry/index.ts'
import { findProfiles } from './profiles.ts'

const MAX_HANDLES = 100

/** The profiles service: who is behind a handle. */
export function createProfiles({
  telemetry,
}: {
  telemetry: Pick<Telemetry, 'report' | 'reportError'>
}): Express {
  const app = express()
  app.disable('x-powered-by')
  app.use(traceHeaders())
  app.get('/health', (_request, response) => {
    response.json({ status: 'ok', service: telemetry.report().service, pid: process.pid })
  })
  app.get('/health/telemetry', telemetryHealth(telemetry))

  app.get('/api/profiles', (request, response) => {
    const { handles } = request.query
    if (typeof handles !== 'string' || handles === '')
      throw new HttpError(400, 'Say whom to look up: ?handles=a,b')
    const asked = handles.split(',')
    if (asked.length > MAX_HANDLES) throw new HttpError(400, `At most ${MAX_HANDLES} handles at a time.`)
    response.json({ profiles: findProfiles(asked) })
  })

  app.use((request) => {
    throw new HttpError(404, `There is no ${request.method} ${request.path} here.`)
  })
  app.use(problems(telemetry))
  return app
}
