import type { Server } from 'node:http'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { trace } from '@opentelemetry/api'
import { withDeadline } from './deadline.ts'
import type { Telemetry } from './index.ts'

/** How long requests in progress may still take after the signal to stop. */
const DRAIN_DEADLINE_MS = 5_000
const IDLE_CHECK_MS = 20

/**
 * Keeps telemetry complete from the first request to the end of the process. When the server listens, the error reporter
 * is loaded, so that no request waits for it. On SIGTERM or SIGINT the server accepts no new connections, requests in
 * progress are answered, every provider is flushed, and the process exits with 0; a second signal exits at once. An
 * uncaught error is reported and ends the process with 1, since the state it leaves is unknown. Takes less than ten
 * seconds even if every provider hangs.
 */
export function superviseProcess(server: Server, telemetry: Telemetry): void {
  let isEnding = false
  // The reader of this process's output may have exited. Without a listener the failed write would be an uncaught
  // error, and logging that error would fail the same way, without end.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})

  // In a later turn, so that a line that says "ready" is written first.
  server.once('listening', () => setImmediate(() => telemetry.loadErrorReporter()))

  const end = async (exitCode: number): Promise<void> => {
    isEnding = true
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    // A kept-alive connection becomes idle when its request is answered, so closing idle ones once is not enough.
    const closing = setInterval(() => server.closeIdleConnections(), IDLE_CHECK_MS)
    await withDeadline(closed, DRAIN_DEADLINE_MS)
    clearInterval(closing)
    server.closeAllConnections()
    // A request's span ends with the response's `close` event: the socket closes at the end of this turn of the event
    // loop, and the response emits `close` in the next.
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
    // A new span, because the span that was active when the error was thrown may have ended long ago.
    trace.getTracer('process').startActiveSpan('uncaught error', (span) => {
      telemetry.reportError(error)
      span.end()
    })
    if (!isEnding) void end(1)
  }
  process.on('uncaughtException', onUncaught)
  process.on('unhandledRejection', onUncaught)
}
