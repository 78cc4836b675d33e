import { expect, test } from 'vitest'
import { copiesFromClient } from './copy-from-client.ts'

test.each([
  'copy t from stdin',
  'COPY public.t (a, b) FROM stdin;',
  'copy t from stdout',
  'copy"t"from stdin with (format csv)',
  'copy binary t from stdin',
  'copy t("a)", b)from/* from */stdin',
  'create temp table t (a text); copy t from stdin',
  '/* a /* comment */ */ copy -- to\n t from\tstdin',
  "select 'a''b;', e'c\\'', $x$ ; $y$ $x$; copy t from stdin",
  'select a$b$ from t; copy t from stdin',
])('%s reads from the client', (sql) => {
  expect(copiesFromClient(sql)).toBe(true)
})

test.each([
  'copy t to stdout',
  'copy (select * from stdin) to stdout',
  "copy t from '/tmp/t.csv'",
  "select 'copy t from stdin'",
  "select e'\\'; copy t from stdin'",
  'select $$; copy t from stdin$$',
  'select 1 /* ; copy t from stdin */',
  'select 1 -- ; copy t from stdin',
  'select copy from stdin',
])('%s does not', (sql) => {
  expect(copiesFromClient(sql)).toBe(false)
})

test('a long text takes no long time', () => {
  const before = process.cpuUsage()
  for (const part of ['copy a from ', '$a', '$a$ ', '/*', "'", 'e\\', '(', 'copy ', ' ']) {
    copiesFromClient(`copy ${part.repeat(100_000)}`)
  }
  expect(process.cpuUsage(before).user / 1000).toBeLessThan(2_000)
})
