import { expect, test } from 'vitest'
import { sqlOperation } from './sql-operation.ts'

test.each([
  ['SELECT 1', 'SELECT'],
  ['select\n1', 'SELECT'],
  [' \t\n  Insert into a values (1)', 'INSERT'],
  ['/* list the posts */ SELECT 1', 'SELECT'],
  ['/* a */ /* b\n */\nUPDATE a SET b = 1', 'UPDATE'],
  ['-- the home page\nSELECT 1', 'SELECT'],
  ['--\n--\r\n  DELETE FROM a', 'DELETE'],
  ['(SELECT 1) UNION (SELECT 2)', 'SELECT'],
  ['((SELECT 1))', 'SELECT'],
  ['( -- first\nSELECT 1)', 'SELECT'],
  [';;SELECT 1', 'SELECT'],
  ['BEGIN; SELECT 1; COMMIT', 'BEGIN'],
  ['begin', 'BEGIN'],
  ['COMMIT;', 'COMMIT'],
  ['SELECT/**/1', 'SELECT'],
  ['EXPLAIN ANALYZE SELECT 1', 'EXPLAIN'],
  ['VALUES (1)', 'VALUES'],
  ['WITH a AS (SELECT 1) SELECT * FROM a', 'SELECT'],
  [
    'with recursive a(n) as (values (1) union select n from a), b as (select 2) insert into c select 1',
    'INSERT',
  ],
  ['WITH a AS (DELETE FROM b RETURNING *) UPDATE c SET d = 1', 'UPDATE'],
  [`WITH a AS (SELECT ')' || $$($$ || $x$ ) $x$ AS "(" /* ( */ -- (\n) DELETE FROM c`, 'DELETE'],
  ['(WITH a AS (SELECT 1) SELECT 2)', 'SELECT'],
  [
    '/* a */ WITH a AS MATERIALIZED (SELECT 1) MERGE INTO c USING a ON true WHEN MATCHED THEN DELETE',
    'MERGE',
  ],
])('%j is %s', (text, operation) => {
  expect(sqlOperation(text)).toBe(operation)
})

test.each([
  '',
  '   ',
  '-- only a comment',
  '/* not closed SELECT 1',
  '/* only */',
  'customer-4711',
  '$1',
  "'SELECT'",
  'WITH',
  'WITH a AS (SELECT 1',
  `${'('.repeat(20_000)}SELECT 1`,
  `WITH ${"'".repeat(9_999)}`,
])('%j has none', (text) => {
  expect(sqlOperation(text)).toBeUndefined()
})
