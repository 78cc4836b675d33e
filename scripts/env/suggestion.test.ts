import { expect, test } from 'vitest'
import { nearestSetting } from './suggestion.ts'

test.each([
  ['HONEYCOMB_APIKEY', 'HONEYCOMB_API_KEY'],
  ['aws-region', 'AWS_REGION'],
  ['ROLLBAR_TOKEN', 'ROLLBAR_READ_TOKEN'],
  ['QUITE_SOMETHING_ELSE_ALTOGETHER', undefined],
])('%s: %s', (name, nearest) => {
  expect(nearestSetting(name)).toBe(nearest)
})
