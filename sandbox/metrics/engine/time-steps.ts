/** Steps of equal width. Epoch milliseconds; the range has no end point. */
export interface TimeSteps {
  readonly firstMs: number
  readonly widthMs: number
  readonly count: number
}

export function endOf({ firstMs, widthMs, count }: TimeSteps): number {
  return firstMs + count * widthMs
}

/** The step in which a time lies; undefined outside. */
export function stepAt(steps: TimeSteps, atMs: number): number | undefined {
  const index = Math.floor((atMs - steps.firstMs) / steps.widthMs)
  return index >= 0 && index < steps.count ? index : undefined
}

/** Calls back with each step that an interval overlaps, and the share of the interval in it. */
export function spread(
  steps: TimeSteps,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
  give: (step: number, share: number) => void,
): void {
  const length = toMs - fromMs
  if (length <= 0) {
    const step = stepAt(steps, toMs)
    if (step !== undefined) give(step, 1)
    return
  }
  const { firstMs, widthMs, count } = steps
  const first = Math.max(0, Math.floor((fromMs - firstMs) / widthMs))
  const last = Math.min(count - 1, Math.ceil((toMs - firstMs) / widthMs) - 1)
  for (let step = first; step <= last; step++) {
    const overlap =
      Math.min(toMs, firstMs + (step + 1) * widthMs) - Math.max(fromMs, firstMs + step * widthMs)
    if (overlap > 0) give(step, overlap / length)
  }
}
