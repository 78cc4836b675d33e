import { expect, test } from 'vitest'
import { matchesOrigin, parseOriginPattern } from './origin-pattern.ts'

function isMatch(pattern: string, origin: string): boolean {
  const [one, other] = [parseOriginPattern(pattern), parseOriginPattern(origin)]
  if (!one || !other) throw new Error(`${pattern} or ${origin} is no origin`)
  return matchesOrigin(one, other)
}

test.each([
  ['http://localhost:3000', 'http://localhost:3000'],
  ['HTTPS://Shop.Example/', 'https://shop.example'],
  ['https://shop.example:443', 'https://shop.example'],
  ['http://shop.example:80', 'http://shop.example'],
  ['http://localhost:*', 'http://localhost'],
  ['http://localhost:*', 'http://localhost:65535'],
  ['http://[::1]:*', 'http://[::1]:3000'],
  ['https://*.example.org', 'https://a.b.example.org'],
  ['https://*.example.org:*', 'https://a.example.org:8443'],
  ['chrome-extension://abcdef', 'chrome-extension://abcdef'],
])('%s matches %s', (pattern, origin) => expect(isMatch(pattern, origin)).toBe(true))

test.each([
  ['http://localhost:3000', 'http://localhost:3001'],
  ['http://localhost', 'http://localhost:3000'],
  ['http://localhost:3000', 'https://localhost:3000'],
  ['https://*.example.org', 'https://example.org'],
  ['https://*.example.org', 'https://notexample.org'],
  ['https://*.example.org', 'https://example.org.evil.example'],
  ['https://shop.example:80', 'https://shop.example'],
])('%s does not match %s', (pattern, origin) => expect(isMatch(pattern, origin)).toBe(false))

test.each([
  '',
  'null',
  '*',
  'localhost:3000',
  'http://',
  'http://a b',
  'http://a/b',
  'http://a@b',
  'http://*',
  'http://a:port',
])('%j is no origin', (text) => expect(parseOriginPattern(text)).toBeUndefined())
