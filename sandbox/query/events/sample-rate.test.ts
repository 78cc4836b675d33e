import { expect, test } from 'vitest'
import { adjustedCountOf, sampleRateOf } from './sample-rate.ts'

test.each([
  ['ot=th:0', 1],
  ['ot=th:8', 2],
  ['ot=th:c', 4],
  ['vendor=1,ot=rv:0123456789abcd;th:fd70a', 100],
  ['ot=th:ffffffffffffff', 2 ** 31 - 1],
  ['ot=th:', undefined],
  ['ot=th:g', undefined],
  ['th:c', undefined],
  ['', undefined],
])('a trace state %s counts %s times', (traceState, expected) => {
  const count = adjustedCountOf(traceState)
  if (expected === undefined) expect(count).toBeUndefined()
  else expect(Math.abs((count ?? 0) / expected - 1)).toBeLessThan(0.001)
})

test.each([
  [10, 10],
  ['10', 10],
  [2.5, 3],
  [0, 1],
  [-5, 1],
  ['many', 1],
  [true, 1],
  [1e300, 2 ** 31 - 1],
])('a sample rate of %s is %i', (sent, expected) => {
  expect(sampleRateOf(sent)).toBe(expected)
})
