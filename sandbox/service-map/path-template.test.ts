import { expect, test } from 'vitest'
import { joinTemplates, pathTemplate } from './path-template.ts'

test.each([
  ['http://api:4567/orders/17?full=1#top', '/orders/:id'],
  ['https://api/users/5f0c2d4e9a1b/posts', '/users/:id/posts'],
  ['/a/123e4567-e89b-12d3-a456-426614174000', '/a/:id'],
  ['http://api/api/activities/@maya', '/api/activities/@:handle'],
  ['http://api/v1/oauth2/token', '/v1/oauth2/token'],
  ['http://api', '/'],
  ['http://api/a/b/c/d/e/f/g/h/i/j', '/a/b/c/d/e/f/g/h/…'],
])('%s has the template %s', (url, template) => {
  expect(pathTemplate(url)).toBe(template)
})

test('names that take the place of an id become one template', () => {
  const names = Array.from(
    { length: 40 },
    (_, index) => `person-${String.fromCharCode(97 + (index % 26))}${index < 26 ? '' : 'x'}`,
  )
  const users = names.map((name) => `/users/${name}/posts`)
  const joined = joinTemplates([...users, '/users', '/health'])
  expect(new Set(joined.values())).toEqual(new Set(['/users/:any/posts', '/users', '/health']))
})
