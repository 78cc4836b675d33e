import { expect, test } from 'vitest'
import { heapLimitMb } from './heap-limit.ts'

const MIB = 2 ** 20

test.each([
  ['no bound', 0, 512],
  ['no bound, in a control group', 2 ** 64, 512],
  ['the sandbox of docker-compose.yml', 1_024 * MIB, 512],
  ['a smaller container', 768 * MIB, 256],
  ['a very small one', 128 * MIB, 64],
])('the heap of the decode thread: %s', (_, bytes, expected) => {
  expect(heapLimitMb(bytes)).toBe(expected)
})
