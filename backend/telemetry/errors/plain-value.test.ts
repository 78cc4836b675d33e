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
  ['a bigint, a symbol', [7n, 2n ** 64n, Symbol('x')], [7, '18446744073709551616', 'Symbol(x)']],
  ['an error', new TypeError('x'), 'TypeError: x'],
  ['bytes', Buffer.alloc(5), '[5 bytes]'],
  [
    'typed arrays and their memory',
    [new Float64Array(2), new DataView(new ArrayBuffer(3)), new ArrayBuffer(4), new SharedArrayBuffer(5)],
    ['[16 bytes]', '[3 bytes]', '[4 bytes]', '[5 bytes]'],
  ],
  ['functions in an object and an array', { a: failing, b: [failing] }, { b: [null] }],
  ['a field with the name of the prototype', JSON.parse('{"__proto__": 1}'), JSON.parse('{"__proto__": 1}')],
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
  expect(plainValue('x'.repeat(1e6))).toHaveLength(30_000)
})

test('a copy names what it leaves out', () => {
  expect((plainValue(Array.from({ length: 1e7 }, () => 7)) as unknown[]).slice(999)).toEqual([
    7,
    '… 9999000 more',
  ])
  const wide = Object.fromEntries(Array.from({ length: 1_500 }, (_, index) => [`field ${index}`, index]))
  expect(Object.entries(plainValue(wide) as object).slice(999)).toEqual([
    ['field 999', 999],
    ['…', '500 more'],
  ])
  const texts = plainValue(Array.from({ length: 9 }, () => 'x'.repeat(29_000))) as string[]
  expect(texts.map(({ length }) => length)).toEqual([29_000, 29_000, 29_000, 13_000, '… 5 more'.length])
  const named = plainValue({ ['x'.repeat(1e6)]: 1 }) as object
  expect(Object.keys(named)[0]).toHaveLength(30_000)
})

test('some objects have another form, at any depth', () => {
  const form = (part: object) =>
    part instanceof Map ? { entries: part.size, bytes: Buffer.alloc(2) } : undefined
  const expected = { entries: 0, bytes: '[2 bytes]' }
  expect(plainValue(new Map(), form)).toEqual(expected)
  expect(plainValue({ a: [new Map()] }, form)).toEqual({ a: [expected] })
})

test.each([
  ['abc', 3, 'abc'],
  ['abcd', 3, 'ab…'],
  ['a🔭bc', 3, 'a…'],
  ['a🔭bc', 4, 'a🔭…'],
])('%s, cut to %i, is %s', (text, max, expected) => {
  expect(cut(text, max)).toBe(expected)
})
