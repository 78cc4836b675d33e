/** Bytes that wait for the reader of a stream. A command that follows something waits, too, when there are more. */
const MAX_WAITING_BYTES = 256 * 1024

/**
 * Prepares the stream of a command's output. The command goes on when its reader has stopped (`npm run status | head`,
 * EPIPE), or the terminal is closed (EIO).
 *
 * A terminal that does not read (Ctrl-S, a stalled connection) must not hold up the process: by default writes to a terminal
 * block, and a blocked process handles no signal. A pipe's do not block. Node has no public name for this.
 * Source: https://nodejs.org/api/process.html#a-note-on-process-io; lib/tty.js of Node calls `setBlocking`
 */
export function prepareOutput(stream: NodeJS.WriteStream): void {
  stream.on('error', () => {})
  const { _handle: handle } = stream as { _handle?: { setBlocking?: (isBlocking: boolean) => void } }
  if (stream.isTTY) handle?.setBlocking?.(false)
}

/** Whether so much output waits for its reader that no more should be made now. */
export function isBackedUp({ writableLength }: Pick<NodeJS.WriteStream, 'writableLength'>): boolean {
  return writableLength > MAX_WAITING_BYTES
}
