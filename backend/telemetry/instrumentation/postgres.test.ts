import { expect, test } from 'vitest'
import { createPgInstrumentation } from './postgres.ts'

test.each([
  ['one statement', { rows: [{ id: 1 }, { id: 2 }] }, { 'db.response.returned_rows': 2 }],
  ['a statement that returns nothing', { rows: [] }, { 'db.response.returned_rows': 0 }],
  ['several statements', [{ rows: [{ id: 1 }] }, { rows: [] }], {}],
  ['no result', undefined, {}],
])('the span of %s has the number of its rows', (_case, data, expected) => {
  const attributes: Record<string, unknown> = {}
  const span = {
    setAttribute: (name: string, value: unknown) => Object.assign(attributes, { [name]: value }),
  }
  createPgInstrumentation()
    .getConfig()
    .responseHook?.(span as never, { data: data as never })
  expect(attributes).toEqual(expected)
})
