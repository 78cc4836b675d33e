import { expect, test } from 'vitest'
import { cut, plainValue } from './plain-value.ts'

const failing = () => {
  throw new Error('cannot be read')
}
const circular: Record<string, unknown> = { name: 'x' }
circular.self = circular
const { proxy: revoked, revoke } = Proxy.revocable({}, {})
revoke()

test.each([
  ['plain values', { a: [1, 'x', null, true], b: { c: undefined } }, { a: [1, 'x', null, true], b: {} }],
  ['a date', new Date(0), '1970-01-01T00:00:00.000Z'],
  ['a bigint, a symbol', [7n, Symbol('x')], ['7', 'Symbol(x)']],
  ['an error', new TypeError('x'), 'TypeError: x'],
  ['bytes', Buffer.alloc(5), '[5 bytes]'],
  ['an invalid date', new Date(Number.NaN), null],
  [
    'a getter that throws',
    Object.defineProperty({ a: 1 }, 'b', { get: failing, enumerable: true }),
    { a: 1, b: '[unreadable]' },
  ],
  ['toJSON that throws', { a: { toJSON: failing } }, { a: '[unreadable]' }],
  ['a revoked proxy', { a: revoked, b: 1 }, { a: '[unreadable]', b: 1 }],
  ['a proxy that throws', new Proxy({}, { get: failing, ownKeys: failing }), '[unreadable]'],
])('%s', (_what, value, plain) => {
  expect(JSON.parse(JSON.stringify(plainValue(value)) ?? 'null')).toEqual(plain)
})

test('a copy is bounded in depth, values and text', () => {
  expect(JSON.stringify(plainValue(circular)).length).toBeLessThan(200)
  const wide: unknown[] = Array.from({ length: 50 }, () => undefined)
  const bush = Array.from({ length: 6 }).reduce<unknown>((inner) => wide.map(() => inner), 1)
  expect(JSON.stringify(plainValue(bush)).length).toBeLessThan(20_000)
  expect((plainValue('x'.repeat(1e6)) as string).length).toBe(10_000)
})

test.each([
  ['abc', 3, 'abc'],
  ['abcd', 3, 'ab…'],
  ['a🔭bc', 3, 'a…'],
  ['a🔭bc', 4, 'a🔭…'],
])('%s, cut to %i, is %s', (text, max, expected) => {
  expect(cut(text, max)).toBe(expected)
})
