/** Milliseconds of work between two turns of the event loop. */
const SLICE_MS = 5

/**
 * Returns a function that long work on the main thread calls between its steps: it waits for the event loop when the work
 * has taken `sliceMs`, so that receivers and `/health` go on.
 */
export function createTimeSlices(sliceMs = SLICE_MS): () => Promise<void> | undefined {
  let endMs = performance.now() + sliceMs
  return () => {
    if (performance.now() < endMs) return undefined
    return new Promise((resolve) => {
      setImmediate(() => {
        endMs = performance.now() + sliceMs
        resolve()
      })
    })
  }
}
