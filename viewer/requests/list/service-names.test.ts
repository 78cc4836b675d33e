import { expect, test } from 'vitest'
import { commonPrefix, withoutPrefix } from './service-names.ts'

test('the prefix that all services share ends at a separator', () => {
  expect(commonPrefix(['cruddur-backend', 'cruddur-profiles'])).toBe('cruddur-')
  expect(commonPrefix(['cruddur-backend', 'cruddur-backoffice'])).toBe('cruddur-')
  expect(commonPrefix(['acme.shop.cart', 'acme.shop.pay'])).toBe('acme.shop.')
})

test.each([
  [['cruddur-backend']],
  [['cruddur-backend', 'cruddur-backend']],
  [['cruddur-backend', 'other']],
  [['a-x', 'a-y']],
  [['cruddur-', 'cruddur-backend']],
  [['backend', 'backoffice']],
  [[]],
])('there is none in %j', (names) => {
  expect(commonPrefix(names)).toBe('')
})

test('a name that does not have the prefix stays whole', () => {
  expect(withoutPrefix('cruddur-backend', 'cruddur-')).toBe('backend')
  expect(withoutPrefix('other', 'cruddur-')).toBe('other')
  expect(withoutPrefix('cruddur-', 'cruddur-')).toBe('cruddur-')
})
