import { expect, test } from 'vitest'
import { queryErrorAttributes } from './query-error.ts'

const text = (name: string, code: string) => `PostgreSQL error of type '${name}' occurred (code: ${code})`

test.each([
  ['an SQLSTATE', text('error', '23505'), { 'db.response.status_code': '23505', 'error.type': '23505' }],
  [
    'an SQLSTATE with letters',
    text('error', '42P01'),
    { 'db.response.status_code': '42P01', 'error.type': '42P01' },
  ],
  ['a lost connection', text('Error', 'ECONNRESET'), { 'error.type': 'ECONNRESET' }],
  ['an error without a code', text('TypeError', 'UNKNOWN'), { 'error.type': 'TypeError' }],
  ['the text of another instrumentation', 'timed out (code: 23505)', {}],
])('%s is the type of the error', (_case, message, expected) => {
  expect(queryErrorAttributes(message)).toEqual(expected)
})
