import { expect, test } from 'vitest'
import { bitsInName, bitsInText, bitsInValue, readWords, wordsForValues } from './words.ts'

const isInValue = (text: string, name: string, value: string | number | boolean) =>
  bitsInValue(wordsForValues(readWords(text), name), value) === 1

test.each([
  ['Maya  GET', ['maya', 'get']],
  ['"GET /api" x', ['get /api', 'x']],
  ['query.text:"select uuid"', ['query.text:select uuid']],
  ['"open', ['open']],
  [' "" ', []],
  ['app.plan = Free x', ['app.plan=free', 'x']],
  ['plan= free', ['plan=free']],
  ['plan =free', ['plan=free']],
  ['name = "a = b"', ['name=a = b']],
  ['"a = b"', ['a = b']],
  ['= x', ['=', 'x']],
  ['x =', ['x=']],
  ['a == b', ['a', '==', 'b']],
])('the words of %j', (text, expected) => {
  expect(readWords(text).map((word) => word.text)).toEqual(expected)
})

test.each([
  ['pro', 'app.user.plan', 'Pro trial', true],
  ['plan=pro', 'app.user.plan', 'pro', true],
  ['plan=pro', 'app.user.plan', 'pro trial', false],
  ['plan:pro', 'app.user.plan', 'Pro trial', true],
  ['plan=pro', 'app.other', 'pro', false],
  ['lan=pro', 'app.user.plan', 'pro', false],
  ['user.plan=pro', 'app_user_plan', 'pro', true],
  ['5', 'attempt', 15, false],
  ['15', 'attempt', 15, true],
  ['attempt:5', 'attempt', 15, false],
  ['attempt=15', 'attempt', 15, true],
  ['true', 'is.vip', true, true],
  ['http://x/a=b', 'url.full', 'HTTP://X/a=b?c', true],
])('%j in %s = %j: %s', (text, name, value, expected) => {
  expect(isInValue(text, name, value)).toBe(expected)
})

test.each([
  ['plan', true],
  ['user.plan', true],
  ['USER_PLAN', true],
  ['pla', false],
  ['app.plan', false],
])('%j is a name or parts of it: %s', (text, expected) => {
  expect(bitsInName(readWords(text), 'app.user.plan') === 1).toBe(expected)
})

test('each word has its bit', () => {
  expect(bitsInText(readWords('get nothing /api'), 'get /api/x')).toBe(0b101)
})
