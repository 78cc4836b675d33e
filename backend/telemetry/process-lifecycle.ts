import type { Server } from 'node:http'
import { constants } from 'node:os'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { diag, trace } from '@opentelemetry/api'
import { withDeadline } from './deadline.ts'
import type { Telemetry, TelemetryReport } from './index.ts'

/** How long requests in progress may still take after the signal to stop. */
const DRAIN_DEADLINE_MS = 5_000
const IDLE_CHECK_MS = 20

/**
 * Stops telemetry when this process, or worker thread, has nothing left to do; the exit code stays the same.
 * `process.exit()` and an uncaught error leave time for a few datagrams only, which `flush` sends: what may be lost is
 * logged in one line. `worker.terminate()`, and a signal that the app does not handle, leave time for nothing.
 */
export function stopAtEnd(
  telemetry: Pick<Telemetry, 'stop' | 'report'>,
  { flush, hasStopped }: { readonly flush: () => void; readonly hasStopped: () => boolean },
): void {
  // Once: the work of stopping makes Node emit the event again.
  process.once('beforeExit', () => void telemetry.stop())
  process.once('exit', () => {
    if (hasStopped()) return
    flush()
    const pending = pendingOf(telemetry.report())
    if (pending)
      diag.warn(`the process ends before all is sent, and may lose ${pending}: await telemetry.stop() first`)
  })
}

/** `honeycomb: 12, logs: 12`; empty if nothing is pending. */
function pendingOf({ providers, logs, metrics }: TelemetryReport): string {
  return Object.entries({ ...providers, logs, metrics })
    .flatMap(([name, stream]) => (stream.enabled && stream.pending > 0 ? `${name}: ${stream.pending}` : []))
    .join(', ')
}

/**
 * Keeps telemetry complete from the first request to the end of the process. When the server listens, the error reporter
 * is loaded, so that no request waits for it. On SIGTERM, SIGINT or SIGHUP the server accepts no new connections,
 * requests in progress are answered, every provider is flushed, and the process exits with 0; a second signal exits at
 * once. SIGHUP is left to an app that listens for it, to read its settings again for example. An uncaught error is
 * reported and ends the process with 1, since the state it leaves is unknown. Takes less than ten seconds even if every
 * provider hangs.
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
    if (signal === 'SIGHUP' && process.listenerCount(signal) > 1) return
    // The exit code of a process that the signal ended, by the convention of shells.
    if (isEnding) process.exit(128 + constants.signals[signal])
    void end(0)
  }
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, onSignal)

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
