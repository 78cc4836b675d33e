import { poll } from '../../scripts/machine/poll.ts'

/** A read of a trace takes some milliseconds of CPU time, which other tests need. */
const EVERY_MS = 75

/** Reads until the result is as expected and returns it. After the deadline (ms) throws an error with the last result. */
export async function eventually<Result>(
  read: () => Result | Promise<Result>,
  isExpected: (result: Result) => boolean,
  withinMs = 20_000,
): Promise<Result> {
  let last: Result | undefined
  const found = await poll(
    async () => {
      last = await read()
      return isExpected(last) ? { result: last } : undefined
    },
    { deadlineMs: withinMs, everyMs: EVERY_MS },
  )
  if (found) return found.result
  throw new Error(`Not within ${withinMs} ms. The last result: ${JSON.stringify(last)}`)
}
