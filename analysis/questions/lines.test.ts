import { expect, test } from 'vitest'
import { bucketStarts, lonely } from './lines.ts'

test('the first bucket may begin before the range, the last one end after it', () => {
  expect(bucketStarts({ start: 1_003, end: 1_021, granularity: 10 })).toEqual([1_000, 1_010, 1_020])
  expect(bucketStarts({ start: 1_000, end: 1_000, granularity: 1 })).toEqual([1_000])
})

test('a value without neighbours gets a point', () => {
  expect(lonely([1, null, 2, 3, null, 4])).toEqual([0, 5])
  expect(lonely([null, null])).toEqual([])
})
