import { expect, test } from 'vitest'
import { redactQuery, redactUrl } from './redaction.ts'

const allowed = new Set(['limit'])

test.each([
  ['token=s3cret&limit=5', 'token=REDACTED&limit=5'],
  ['?limit=5', 'limit=5'],
  ['a=1&a=2', 'a=REDACTED&a=REDACTED'],
  ['%E0%A4%A=1&%E0%A4%A', '%E0%A4%A=REDACTED&REDACTED'],
  ['s3cret', 'REDACTED'],
  ['lim%69t=5&&=x', 'lim%69t=5&=REDACTED'],
  ['', ''],
])('the query %j becomes %j', (query, expected) => {
  expect(redactQuery(query, allowed)).toBe(expected)
})

test.each([
  ['https://user:pw@example.com/a?token=x&limit=1#frag', 'https://example.com/a?token=REDACTED&limit=1'],
  ['/path?token=x', '/path?token=REDACTED'],
  ['/path#token=x', '/path'],
  ['http://h/', 'http://h/'],
])('the address %j becomes %j', (text, expected) => {
  expect(redactUrl(text, allowed)).toBe(expected)
})
