import { expect, test } from 'vitest'
import { circumstancesOf } from './circumstances.ts'

const NODE = { filename: 'node:internal/process', lineno: 1 }
const PACKAGE = { filename: '/srv/app/node_modules/express/lib/router.js', lineno: 7, method: 'next' }
const OWN = { filename: '/srv/app/backend/api/home.ts', lineno: 13, method: 'load' }
const CALLER = { filename: '/srv/app/backend/server.ts', lineno: 4, method: 'handle' }

const of = (data: object, frames: object[] = [], message = '', title = '') =>
  circumstancesOf(
    { ...data },
    { exception: { message }, frames: frames.map((frame) => ({ ...frame })) },
    title,
  )

test.each([
  [{ context: '/api/:id', request: { method: 'get', url: '/api/7?x=1' } }, 'GET /api/:id', 'GET /api/7'],
  [
    { context: 'Home#show', request: { method: 'POST', url: 'https://a.example:1/b#c' } },
    'Home#show',
    'POST /b',
  ],
  [{ request: { url: 'http://a.example' } }, '', '/'],
  [{ context: 7, request: { method: 7, url: ['x'] } }, '', ''],
  [{ request: null }, '', ''],
])('%j happened at "%s", in "%s"', (data, context, request) => {
  expect(of(data)).toMatchObject({ context, request })
})

test.each([
  ['the innermost call of the application', [CALLER, OWN, PACKAGE, NODE], 'backend/api/home.ts:13 in load'],
  ['a package’s where there is no other', [NODE, PACKAGE], 'express/lib/router.js:7 in next'],
  ['a file alone', [{ filename: 'file:///a/b/c/d.ts', method: '<unknown>' }], 'b/c/d.ts'],
  ['a function alone', [{ lineno: 7, method: 'parse' }], 'in parse'],
  [
    'the application’s even where the innermost frame has no file name',
    [OWN, { method: 'parse' }],
    'backend/api/home.ts:13 in load',
  ],
  ['nothing', [], ''],
  ['hostile frames', [{ filename: 7, lineno: {}, method: [] }], ''],
])('the place is %s', (_what, frames, place) => {
  expect(of({}, frames).place).toBe(place)
})

test('below the sender’s root the whole path is shown', () => {
  expect(of({ server: { root: '/srv/app/' } }, [OWN]).place).toBe('backend/api/home.ts:13 in load')
  expect(of({ server: { root: '/srv/ap' } }, [OWN]).place).toBe('backend/api/home.ts:13 in load')
})

test('the message is repeated only where the title lacks it', () => {
  expect(of({}, [], 'no such\n  handle', 'E: no such\n  handle').message).toBe('')
  expect(of({}, [], 'no such\n  handle', 'Home is broken').message).toBe('no such handle')
})

test('texts are bounded', () => {
  const long = 'x'.repeat(5_000)
  const all = of(
    { context: `/${long}`, request: { url: `/${long}` } },
    [{ filename: long, method: long }],
    long,
  )
  for (const text of Object.values(all)) expect(text.length).toBeLessThanOrEqual(200)
})
