import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { PGLiteSocketServer } from '@electric-sql/pglite-socket'
import { toLogLines } from '../../contracts/logged-diagnosis.ts'
import { UserError } from '../../contracts/user-error.ts'
import { readSettings, stateDirectory } from '../../settings/read.ts'
import { EMBEDDED_HOST } from './address.ts'
import { openCluster } from './cluster.ts'
import { closeForeignConnections } from './first-bytes.ts'
import { boundSessions } from './sessions.ts'

/** Enough for the api's pool and a few psql sessions. */
const MAX_CONNECTIONS = 20
/** The process exits after this time even if a query or the last checkpoint is not finished. */
const CLOSE_DEADLINE_MS = 5_000

const settings = readSettings()
const port = settings.DATABASE_PORT
const directory = join(stateDirectory(settings), 'data', 'postgres')
const log = (line: string) => process.stderr.write(`${line}\n`)

// Checked before the data is opened: two processes on one directory would corrupt it, and a taken port shows that one runs.
await checkPort()
const startedAt = performance.now()
const cluster = await openCluster(directory, log, endAsPostgresDid).catch(endWithDiagnosis)
const server = new PGLiteSocketServer({
  db: cluster,
  host: EMBEDDED_HOST,
  port,
  maxConnections: MAX_CONNECTIONS,
})

let isEnding = false
const end = async () => {
  if (isEnding) process.exit(1)
  isEnding = true
  const close = async () => {
    await server.stop()
    await cluster.close()
  }
  await Promise.race([close(), delay(CLOSE_DEADLINE_MS)])
  process.exit(0)
}
process.on('SIGTERM', () => void end())
process.on('SIGINT', () => void end())

closeForeignConnections()
boundSessions()
await server.start()
const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
process.stdout.write(`database ready postgresql://${EMBEDDED_HOST}:${port} (${seconds} s)\n`)

function endWithDiagnosis(error: unknown): never {
  if (!(error instanceof UserError)) throw error
  process.stderr.write(toLogLines(error.diagnosis))
  process.exit(1)
}

/** PGlite answers nothing any more. What it has answered is on the disk. */
function endAsPostgresDid(cause: string): never {
  const what = `Postgres ended: ${cause}.`
  process.stderr.write(toLogLines({ what, fix: 'Start it again: npm run setup' }))
  process.exit(1)
}

async function checkPort(): Promise<void> {
  const error = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
    const probe = createServer()
    probe.once('error', resolve)
    probe.listen(port, EMBEDDED_HOST, () => probe.close(() => resolve(undefined)))
  })
  if (!error) return
  const what =
    error.code === 'EADDRINUSE'
      ? `Port ${port} (TCP) is taken`
      : `Cannot listen on ${EMBEDDED_HOST}:${port} (${error.code})`
  const fix = `Use another: npm run env -- DATABASE_PORT=${port + 10}`
  process.stderr.write(toLogLines({ what: `${what}.`, fix }))
  process.exit(1)
}
