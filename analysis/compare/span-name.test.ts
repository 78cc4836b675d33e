import { expect, test } from 'vitest'
import { withoutIds } from './span-name.ts'

test.each([
  ['publish order 17', 'publish order {n}'],
  ['load 4bf92f3577b34da6a3ce929d0e0e4736', 'load {id}'],
  ['load 8f2b1a00-1c2d-4e5f-8a9b-001122334455', 'load {id}'],
  ['pg.query:SELECT cruddur', 'pg.query:SELECT cruddur'],
  ['HTTP/1.1 s3 v2', 'HTTP/1.1 s3 v2'],
])('%s: the name without ids', (name, expected) => {
  expect(withoutIds(name)).toBe(expected)
})
