import { expect, test } from 'vitest'
import { requestName } from './http-address.ts'

test.each([
  ['GET', 'http://localhost:4567/api/x?page=1', undefined, 'GET /api/x'],
  ['post', 'https://shop.example/', undefined, 'POST /'],
  ['GET', '/api/%40andrew/', undefined, 'GET /api/@andrew'],
  ['GET', 'http://localhost/api/@andrew', '/api/@<handle>', 'GET /api/@<handle>'],
  ['GET', undefined, undefined, undefined],
  ['', 'http://localhost/', undefined, undefined],
  [7, {}, [], undefined],
  ['GET', 'no address', undefined, undefined],
])('%s %s %s is %s', (method, url, route, expected) => {
  expect(requestName(method, url, route)).toBe(expected)
})
