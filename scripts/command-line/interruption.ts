import { UserError } from '../../contracts/user-error.ts'
import { createTerminal } from './terminal.ts'

/** Ctrl-C, `kill`, and the closing of the terminal. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
export type EndSignal = (typeof SIGNALS)[number]

/**
 * One Ctrl-C may arrive several times: from the terminal, and forwarded by npm. A signal within this time (ms) of the
 * first is the same keystroke.
 */
const SAME_KEYSTROKE_MS = 500

/** How long an interrupted command waits for a reader of its output that has stopped reading (ms). */
const LAST_OUTPUT_MS = 1_000

/** When the last keystroke arrived for the first time (ms of performance.now()). */
let keystrokeMs = Number.NEGATIVE_INFINITY

/** Thrown where a signal has ended the work of a command: says what was stopped and what goes on. */
export class Interruption extends UserError {
  readonly signal: EndSignal

  constructor(signal: EndSignal, what: string, fix: string) {
    super({ code: 'INTERRUPTED', what, fix })
    this.signal = signal
  }
}

/**
 * Handles the signals that would end this command, until the result is disposed of. `first` is called once. `again` is
 * called for each later keystroke; by default it ends the command at once.
 */
export function onInterrupt(
  first: (signal: EndSignal) => void,
  again: (signal: EndSignal) => void = endBySignal,
): Disposable {
  const sinceMs = performance.now()
  let firstMs: number | undefined
  const handle = (signal: EndSignal) => {
    const nowMs = performance.now()
    if (nowMs - keystrokeMs >= SAME_KEYSTROKE_MS) keystrokeMs = nowMs
    // The rest of a keystroke that an earlier step of the command has handled.
    if (sinceMs > keystrokeMs) return
    if (firstMs === undefined) {
      firstMs = nowMs
      first(signal)
    } else if (nowMs - firstMs >= SAME_KEYSTROKE_MS) again(signal)
  }
  for (const signal of SIGNALS) process.on(signal, handle)
  return {
    [Symbol.dispose]: () => {
      for (const signal of SIGNALS) process.off(signal, handle)
    },
  }
}

/** Aborts with the first signal, so that a command can end in order. A later keystroke ends it at once. */
export function untilInterrupted(): AbortSignal {
  const interrupted = new AbortController()
  onInterrupt(() => interrupted.abort())
  return interrupted.signal
}

/**
 * Called when a command has ended: signals end the process again, and one that was interrupted does not wait for long
 * until its last output is read.
 */
export function endInterrupts(): void {
  for (const signal of SIGNALS) process.removeAllListeners(signal)
  if (keystrokeMs > 0) setTimeout(() => process.exit(), LAST_OUTPUT_MS).unref()
}

/**
 * From now on a signal that nothing else in this process handles ends the command with one line, instead of silently.
 * `fix` says what continues the work.
 */
export function announceInterrupt(name: string, fix: string | undefined): void {
  const handle = (signal: EndSignal) => {
    if (process.listenerCount(signal) > 1) return
    endInterrupted(signal, `npm run ${name} was interrupted.`, fix)
  }
  for (const signal of SIGNALS) process.on(signal, handle)
  tellBootstrap()
}

/** Tells scripts/bootstrap.mjs that this process says itself what a signal has ended. */
function tellBootstrap(): void {
  // A failure means that the other end is gone, which needs no line either.
  process.send?.('handles signals', undefined, undefined, () => process.connected && process.disconnect())
}

/** Prints what the signal has ended and how to continue, and ends this process by the signal. */
export function endInterrupted(signal: EndSignal, what: string, fix: string | undefined): void {
  const { stderr } = process
  // The cursor is behind `^C`, or behind a step's title.
  if (stderr.isTTY) stderr.write('\n')
  createTerminal(stderr).fail(what, fix)
  endBySignal(signal)
}

/** Ends this process by the signal, as without a handler: a shell shows 128 + its number. */
export function endBySignal(signal: EndSignal): void {
  restoreTerminal()
  process.removeAllListeners(signal)
  process.kill(process.pid, signal)
}

/** A question reads single keys and hides the cursor. */
function restoreTerminal(): void {
  if (!process.stdin.isTTY || !process.stdin.isRaw) return
  process.stdin.setRawMode(false)
  const SHOW_CURSOR = '\x1b[?25h' // DECTCEM: https://vt100.net/docs/vt510-rm/DECTCEM.html
  process.stdout.write(SHOW_CURSOR)
}
