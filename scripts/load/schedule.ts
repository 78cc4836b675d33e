export interface Pace {
  /** Requests a second, at the end of a ramp. */
  readonly rate: number
  /** s */
  readonly durationS: number
  /** From nothing to `rate`, evenly; steady without it. */
  readonly isRamp: boolean
}

/** How many requests are due after so many seconds. */
export function dueAfter({ rate, durationS, isRamp }: Pace, elapsedS: number): number {
  const time = Math.min(Math.max(elapsedS, 0), durationS)
  return Math.floor(isRamp ? (rate * time * time) / (2 * durationS) : rate * time)
}

/** When the request of this number (from 0) is due, in seconds: the inverse of `dueAfter`. */
export function dueAt({ rate, durationS, isRamp }: Pace, index: number): number {
  return isRamp ? Math.sqrt((2 * durationS * (index + 1)) / rate) : (index + 1) / rate
}
