import { expect, test } from 'vitest'
import { clientVersionOf, userOf } from './session.ts'

const handleOf = (cookie?: string) => userOf({ headers: { ...(cookie !== undefined && { cookie }) } }).handle

test.each([
  ['cruddur_session=ines', 'ines'],
  ['theme=dark; cruddur_session=ines; a=b', 'ines'],
  ['theme=dark;cruddur_session = ines ', 'ines'],
  // A browser sends the cookie with the longest path first.
  ['cruddur_session=ines; cruddur_session=arne', 'ines'],
])('the session %j is of %s', (cookie, handle) => {
  expect(handleOf(cookie)).toBe(handle)
})

test.each([
  [undefined],
  [''],
  [';;; = ;='],
  ['cruddur_session'],
  ['cruddur_session='],
  ['cruddur_session=nobody'],
  ['cruddur_session=nobody; cruddur_session=ines'],
  ['cruddur_session=ines=arne'],
  ['cruddur_session="ines"'],
  ['cruddur_session=INES'],
  ['cruddur_session=__proto__'],
  ['cruddur_session=%69nes'],
  ['old_cruddur_session=ines'],
  [`cruddur_session=${'ines'.repeat(4_000)}`],
])('without a session that names a user (%j) a request is maya’s', (cookie) => {
  expect(handleOf(cookie)).toBe('maya')
})

test.each([
  ['2.4.0', '2.4.0'],
  ['2.5.0-beta.1+build.7', '2.5.0-beta.1+build.7'],
  ['1'.repeat(32), '1'.repeat(32)],
  ['1'.repeat(33), undefined],
  ['', undefined],
  ['2.4.0 ', undefined],
  ['2.4.0\n', undefined],
  ['<b>', undefined],
  ['２.４.０', undefined],
])('the client version %j is %j', (version, expected) => {
  expect(clientVersionOf({ headers: { 'x-client-version': version } })).toBe(expected)
})

test('without the header there is no client version', () => {
  expect(clientVersionOf({ headers: {} })).toBeUndefined()
})
