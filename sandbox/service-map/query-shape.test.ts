import { expect, test } from 'vitest'
import { describeQuery } from './query-shape.ts'

test.each([
  [
    "select * from users where name = 'it''s' and age > 17",
    'SELECT users',
    'select * from users where name = ? and age > ?',
  ],
  ['select a from t where id in (1, 2,\n 3)', 'SELECT t', 'select a from t where id in (?)'],
  [
    'SELECT (select count(*) from inner_table) FROM "Outer" o',
    'SELECT Outer',
    'SELECT (select count(*) from inner_table) FROM "Outer" o',
  ],
  [
    'insert into public.posts (a) values ($1)',
    'INSERT public.posts',
    'insert into public.posts (a) values (?)',
  ],
  [
    'with x as (select 1 from y) update z set a = 1',
    'UPDATE z',
    'with x as (select ? from y) update z set a = ?',
  ],
  [
    'select h from ( select distinct h from messages ) latest',
    'SELECT messages',
    'select h from ( select distinct h from messages ) latest',
  ],
  ['GET user:17', 'GET', 'GET'],
  ['', 'queries', 'queries'],
])('%s is %s', (text, name, shape) => {
  expect(describeQuery(text)).toEqual({ name, shape })
})
