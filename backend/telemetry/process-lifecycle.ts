import type { Server } from 'node:http'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { trace } from '@opentelemetry/api'
import { withDeadline } from './deadline.ts'
import type { Telemetry } from './index.ts'

/** How long requests in progress may take to be answered once the process was told to end. */
const DRAIN_DEADLINE_MS = 5_000
const IDLE_CHECK_MS = 20

/**
 * Ends the process without losing telemetry. SIGTERM and SIGINT: no new connections, what is in progress is answered,
 * every provider is flushed, then the process exits with 0; a second signal exits at once. An uncaught error is
 * reported and ends the process with 1, since nobody knows what state it left behind.
 * Under ten seconds in all, whatever the providers do.
 */
export function superviseProcess(server: Server, telemetry: Telemetry): void {
  let isEnding = false
  // Whoever read this process's output may be gone. Without a listener the failed write would be an uncaught error,
  // whose telling is the next failed write, and so on for ever.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})

  const end = async (exitCode: number): Promise<void> => {
    isEnding = true
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    // A kept-alive connection is idle only once its request is answered, so one look at the beginning is not enough.
    const closing = setInterval(() => server.closeIdleConnections(), IDLE_CHECK_MS)
    await withDeadline(closed, DRAIN_DEADLINE_MS)
    clearInterval(closing)
    server.closeAllConnections()
    // A request's span ends with its connection's last event: the socket closes at the end of this turn, and the
    // response hears of it in the next.
    await nextTurn()
    await nextTurn()
    await telemetry.stop()
    process.exit(exitCode)
  }

  const onSignal = (signal: NodeJS.Signals) => {
    if (isEnding) process.exit(signal === 'SIGINT' ? 130 : 143)
    void end(0)
  }
  process.on('SIGTERM', onSignal)
  process.on('SIGINT', onSignal)

  const onUncaught = (error: unknown) => {
    // A span of its own: whatever was active when the error was thrown may have ended long ago.
    trace.getTracer('process').startActiveSpan('uncaught error', (span) => {
      telemetry.reportError(error)
      span.end()
    })
    if (!isEnding) void end(1)
  }
  process.on('uncaughtException', onUncaught)
  process.on('unhandledRejection', onUncaught)
}
