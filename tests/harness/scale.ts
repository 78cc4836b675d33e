/**
 * `npm test` proves everything once, with few repetitions; `npm run test:long` (TEST_LONG=1) runs the counts that
 * the product promises.
 */
export function scaled<T>(short: T, long: T): T {
  return process.env.TEST_LONG === '1' ? long : short
}
