import fc from 'fast-check'
import { expect, test } from 'vitest'
import { recordedAddress, recordedHeaders } from './client.ts'

test.each([
  ['203.0.113.77', '203.0.113.0'],
  [' 203.0.113.77:4711 ', '203.0.113.0'],
  ['::ffff:203.0.113.77', '::ffff:203.0.113.0'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1::'],
  ['[2001:db8:1:2::6]:443', '2001:db8:1::'],
  ['2001:db8::6', '2001:db8::'],
  ['2001::2:3:4:5:6', '2001::'],
  ['fe80::1%eth0', 'fe80::'],
  ['::2', '::'],
  ['127.0.0.1', '127.0.0.1'],
  ['::1', '::1'],
  ['::ffff:127.0.0.1', '::ffff:127.0.0.1'],
  ['unknown', undefined],
  ['ada@example.com', undefined],
  ['203.0.113.77, 10.0.0.1', undefined],
  ['', undefined],
  [undefined, undefined],
])('of the address %j, %j is recorded by default', (text, expected) => {
  expect(recordedAddress(text, 'truncated')).toBe(expected)
})

test('an address is recorded whole, or not at all', () => {
  expect(recordedAddress('203.0.113.77:1', 'full')).toBe('203.0.113.77')
  expect(recordedAddress('[2001:db8::1%1]:1', 'full')).toBe('2001:db8::1')
  expect(recordedAddress('127.0.0.1', 'none')).toBeUndefined()
})

test('of no address more than three groups, or three bytes, are recorded', () => {
  fc.assert(
    fc.property(fc.ipV6(), (address) => {
      const recorded = recordedAddress(address, 'truncated') ?? ''
      if (recorded === '::1' || recorded.startsWith('::ffff:')) return
      expect(recorded).toMatch(/^([0-9a-f]{1,4}(:[0-9a-f]{1,4}){0,2})?::$/)
    }),
  )
  fc.assert(
    fc.property(fc.ipV4(), (address) => {
      if (!address.startsWith('127.')) expect(recordedAddress(address, 'truncated')).toMatch(/\.0$/)
    }),
  )
})

const HEADERS = {
  'user-agent': 'curl/8',
  referer: 'https://ada:pw@shop.example/orders/7?token=x&page=2#a',
  cookie: 'session=1',
  authorization: 'Bearer x',
  'x-forwarded-for': '203.0.113.77',
  accept: '*/*',
  'set-cookie': ['a'],
}
const DEFAULTS = { clientAddress: 'truncated', userAgent: true, referrer: 'origin' } as const

test.each([
  [{}, { accept: '*/*', 'user-agent': 'curl/8', referer: 'https://shop.example/' }],
  [{ userAgent: false, referrer: 'none' }, { accept: '*/*' }],
  [
    { userAgent: false, referrer: 'path' },
    { accept: '*/*', referer: 'https://shop.example/orders/7?token=REDACTED&page=2' },
  ],
] as const)('with %j the recorded headers are %j', (privacy, expected) => {
  expect(recordedHeaders(HEADERS, { ...DEFAULTS, ...privacy }, new Set(['page']))).toEqual(expected)
})

test.each(['about:blank', 'not a url', 'data:text/plain,x'])('the referrer %j is not recorded', (referer) => {
  expect(recordedHeaders({ referer }, DEFAULTS, new Set())).toEqual({})
})
