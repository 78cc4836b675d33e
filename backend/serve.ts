import type { Server } from 'node:http'
import type { Express } from 'express'
import type { Telemetry } from './telemetry/index.ts'
import { logRequests } from './telemetry/logs/request-log.ts'
import { superviseProcess } from './telemetry/process-lifecycle.ts'

export interface Listening {
  readonly name: string
  readonly host: string
  readonly port: number
  /** The variable that moves the port. */
  readonly portSetting: string
}

const REQUEST_TIMEOUT_MS = 30_000

/** Serves an app until the process is told to end, and says when it is ready. */
export function serve(
  app: Express,
  telemetry: Telemetry,
  { name, host, port, portSetting }: Listening,
): Server {
  const server = app.listen(port, host, (error) => {
    if (error) {
      const { code } = error as NodeJS.ErrnoException
      const what =
        code === 'EADDRINUSE' ? `Port ${port} (TCP) is taken` : `Cannot listen on ${host}:${port} (${code})`
      process.stderr.write(`✗ ${what}.\n  → Move ours: npm run env -- ${portSetting}=${port + 10}\n`)
      process.exit(1)
    }
    process.stdout.write(`${name} ready http://${host}:${port}\n`)
  })
  server.requestTimeout = REQUEST_TIMEOUT_MS
  server.headersTimeout = REQUEST_TIMEOUT_MS
  logRequests(server, telemetry.logger)
  superviseProcess(server, telemetry)
  return server
}
