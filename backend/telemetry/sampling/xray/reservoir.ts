/** A number of tokens per second keeps its exact sum in fractions of a token only up to a rounding error. */
const ROUNDING = 1e-6

/**
 * Allows a number of requests per second, at once as many as one second has. Unlike a count per second of the clock it
 * allows a steady rate whatever its phase. It begins full, so that a process keeps its first requests.
 */
export class Reservoir {
  #perSecond: number
  #tokens: number
  #filledAt = performance.now()

  constructor(perSecond: number) {
    this.#perSecond = perSecond
    this.#tokens = perSecond
  }

  /** Takes one request from the reservoir; false if it is empty. */
  take(): boolean {
    this.#fill()
    if (this.#tokens < 1 - ROUNDING) return false
    this.#tokens -= 1
    return true
  }

  /** Changes the size. What was taken in the last second stays taken. */
  resize(perSecond: number): void {
    if (perSecond === this.#perSecond) return
    this.#fill()
    this.#tokens = Math.max(0, this.#tokens + perSecond - this.#perSecond)
    this.#perSecond = perSecond
  }

  #fill(): void {
    const now = performance.now()
    const gained = ((now - this.#filledAt) / 1_000) * this.#perSecond
    this.#tokens = Math.min(this.#perSecond, this.#tokens + gained)
    this.#filledAt = now
  }
}
