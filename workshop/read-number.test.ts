import { expect, test } from 'vitest'
import { readNumber } from './read-number.ts'

test.each([
  ['470', 470],
  [' 12.4 ', 12.4],
  ['12,4', 12.4],
  ['0,125', 0.125],
  ['1,102', 1_102],
  ['1 102', 1_102],
  ['1’102', 1_102],
  ['1,234,567.5', 1_234_567.5],
  ['1,10,2', undefined],
  ['', undefined],
  ['-3', undefined],
  ['1e3', undefined],
  ['0x10', undefined],
  ['NaN', undefined],
  ['470 requests', undefined],
])('%j is %s', (text, number) => expect(readNumber(text)).toBe(number))
