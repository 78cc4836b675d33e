import { expect, test } from 'vitest'
import { ownCpuMs } from '../../tests/harness/cpu.ts'
import { pathShape, statementShape, withoutColumns } from './work-shape.ts'

test.each([
  ["SELECT * FROM u WHERE h = 'o''neill' AND id = 17", 'SELECT * FROM u WHERE h = ? AND id = ?'],
  ['SELECT *\n  FROM users -- by page\n WHERE id = $1', 'SELECT * FROM users WHERE id = ?'],
  ['SELECT 1 /* traceparent=00-4bf9 */', 'SELECT ?'],
  ['a in (1,2,3) and b = $1', 'a in (?) and b = ?'],
  ['a in ($1) and b = 2', 'a in (?) and b = ?'],
  ['a = -5 -- c 7', 'a = ?'],
  ['x = 1e5', 'x = ?'],
  ['x = -1.5e3 or x = 0x1F', 'x = ? or x = ?'],
  ['INSERT INTO t VALUES (1,2),(3,4)', 'INSERT INTO t VALUES (?)'],
  ['SELECT "column 1", `2 b`, t2.name FROM t2', 'SELECT "column 1", `2 b`, t2.name FROM t2'],
  ["SELECT '-- no comment', x", 'SELECT ?, x'],
  ["x = 'cut within a te", 'x = ?'],
  ['x = 1 /* cut within 2', 'x = ?'],
])('%s: the statement without literals', (sql, shape) => {
  expect(statementShape(sql)).toBe(shape)
})

test('a statement of any length and form is read at once, and cut', () => {
  const startedMs = ownCpuMs()
  expect(statementShape(`SELECT ${"'".repeat(100_001)}`).length).toBeLessThanOrEqual(500)
  expect(statementShape(`SELECT ${'?, '.repeat(100_000)}`).length).toBeLessThanOrEqual(500)
  expect(statementShape('/*'.repeat(50_000)).length).toBeLessThanOrEqual(500)
  expect(withoutColumns(`SELECT ${'('.repeat(100_000)}`).length).toBeGreaterThan(100_000)
  expect(ownCpuMs() - startedMs).toBeLessThan(500)
})

test.each([
  ['/v/1a2b3c4d', '/v/:id'],
  ['/u/@andrew', '/u/@:handle'],
  ['/u/%40andrew', '/u/@:handle'],
  ['/files/report-2024-11', '/files/:id'],
  ['/s/usr_0123456789abcdefghij', '/s/:id'],
  ['/users/3f2b8d9e-1c4a-4e5f-8a6b-7c8d9e0f1a2b/likes', '/users/:id/likes'],
  ['/v1/oauth2/token', '/v1/oauth2/token'],
  ['/other/deadbeef', '/other/deadbeef'],
  ['/', '/'],
])('%s: the path without values', (path, shape) => {
  expect(pathShape(path)).toBe(shape)
})

test.each([
  ['SELECT handle, display_name, bio FROM users WHERE handle = ?', 'SELECT … FROM users WHERE handle = ?'],
  ['SELECT id FROM users', 'SELECT id FROM users'],
  [
    'select a.uuid, (select count(*) from activities reply where reply.reply_to = a.uuid) from activities a',
    'select … from activities a',
  ],
  ['SELECT extract(epoch FROM created_at) FROM activities', 'SELECT … FROM activities'],
  ['select a is distinct from b as differs from t', 'select … from t'],
  ['select "from here", \'from there\' from t', 'select … from t'],
  [
    'with x as (select a, b, c, d from y) select x.a, x.b, x.c from x',
    'with x as (select a, b, c, d from y) select … from x',
  ],
  ['delete from t', 'delete from t'],
])('%s: without what it selects', (statement, short) => {
  expect(withoutColumns(statement)).toBe(short)
})
