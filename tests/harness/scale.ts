/**
 * `npm test` proves every promise with few repetitions; `npm run test:long` (TEST_LONG=1) with the counts that the
 * promise names.
 */
export function scaled<T>(short: T, long: T): T {
  return process.env.TEST_LONG === '1' ? long : short
}

/** For tests that only the long run has. */
export const IS_LONG = scaled(false, true)
