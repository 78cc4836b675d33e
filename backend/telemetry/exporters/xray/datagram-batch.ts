/** Together they are under half of a socket's usual receive buffer (208 KB), so that the daemon has room for a burst. */
const MAX_WAITING = 16
const MAX_DELAY_MS = 10

/**
 * Lets what is to be sent wait for company, for a moment. A datagram that comes by itself has to wake its receiver,
 * which takes several times as long as to send it.
 */
export class Outbox {
  #waiting: (() => void)[] = []
  #timer: NodeJS.Timeout | undefined

  add(send: () => void): void {
    this.#waiting.push(send)
    if (this.#waiting.length >= MAX_WAITING) this.flush()
    else this.#timer ??= setTimeout(() => this.flush(), MAX_DELAY_MS).unref()
  }

  flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const all = this.#waiting
    this.#waiting = []
    for (const send of all) send()
  }
}
