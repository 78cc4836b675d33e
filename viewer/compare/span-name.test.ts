import { expect, test } from 'vitest'
import { callName, routeFinder, shortSql, withoutIds, withoutLiterals } from './span-name.ts'

test.each([
  [
    "SELECT * FROM users WHERE handle = 'o''neill' AND id = 17",
    'SELECT * FROM users WHERE handle = ? AND id = ?',
  ],
  ['SELECT *\n  FROM users -- by page\n WHERE id = $1', 'SELECT * FROM users WHERE id = ?'],
  ['SELECT 1 /* traceparent=00-4bf9 */', 'SELECT ?'],
  ['SELECT * FROM t WHERE id IN ($1, $2, $3)', 'SELECT * FROM t WHERE id IN (?)'],
  ['SELECT * FROM t WHERE id IN ($1)', 'SELECT * FROM t WHERE id IN (?)'],
  ['INSERT INTO t VALUES (1, 2), (3, 4)', 'INSERT INTO t VALUES (?)'],
  ['SELECT "column 1", t2.name FROM t2', 'SELECT "column 1", t2.name FROM t2'],
  ["SELECT '-- no comment', x", 'SELECT ?, x'],
  ['SELECT -1.5e3', 'SELECT ?'],
])('%s: the statement without literals', (sql, expected) => {
  expect(withoutLiterals(sql)).toBe(expected)
})

test('a statement of any length and form is read at once, and cut', () => {
  const startedMs = performance.now()
  expect(withoutLiterals(`SELECT ${"'".repeat(100_001)}`).length).toBeLessThan(500)
  expect(withoutLiterals(`SELECT ${'?, '.repeat(100_000)}`).length).toBeLessThan(5_000)
  expect(performance.now() - startedMs).toBeLessThan(500)
})

test('a sentence has a statement without its list of columns', () => {
  expect(shortSql('SELECT handle, display_name, bio FROM users WHERE handle = ?')).toBe(
    'SELECT … FROM users WHERE handle = ?',
  )
  expect(shortSql('SELECT id FROM users')).toBe('SELECT id FROM users')
})

test.each([
  ['publish order 17', 'publish order {n}'],
  ['load 4bf92f3577b34da6a3ce929d0e0e4736', 'load {id}'],
  ['load 8f2b1a00-1c2d-4e5f-8a9b-001122334455', 'load {id}'],
  ['pg.query:SELECT cruddur', 'pg.query:SELECT cruddur'],
  ['HTTP/1.1 s3 v2', 'HTTP/1.1 s3 v2'],
])('%s: the name without ids', (name, expected) => {
  expect(withoutIds(name)).toBe(expected)
})

test('a path has the name of its route, the one with fewer parameters first', () => {
  const routeOf = routeFinder([
    '/api/activities/:uuid',
    '/api/activities/home',
    '/api/activities/@:handle',
    '/items/{id}/parts',
  ])
  expect(
    [
      '/api/activities/home',
      '/api/activities/@maya',
      '/api/activities/9',
      '/items/7/parts',
      '/items/7/parts/9',
      '/other/4bf92f3577b34da6',
      '/other/deadbeef',
    ].map(routeOf),
  ).toEqual([
    '/api/activities/home',
    '/api/activities/@:handle',
    '/api/activities/:uuid',
    '/items/{id}/parts',
    '/items/:id/parts/:id',
    '/other/:id',
    '/other/deadbeef',
  ])
})

test('a call has its host, unless that is this machine, and neither port nor query', () => {
  const routeOf = routeFinder([])
  expect(callName('GET', 'http://127.0.0.1:4568/api/profiles?handles=a,b', routeOf)).toBe('GET /api/profiles')
  expect(callName('POST', 'https://api.example.com:8443/v1/pay/12', routeOf)).toBe(
    'POST api.example.com/v1/pay/:id',
  )
  expect(callName('GET', '/search', routeOf)).toBe('GET /search')
  expect(callName('GET', 'http://[', routeOf)).toBe('GET http://[')
})
