import { expect, test } from 'vitest'
import { filterParameters, readLimit, readOrdering } from './request-filters.ts'

const NOW_MS = 1_763_800_000_000

test('times and durations are read, words stay as they are', () => {
  const values = {
    service: 'api',
    min: '1.5s',
    max: '3000',
    since: '10m',
    until: String(NOW_MS),
    filter: 'fault',
  }
  expect(filterParameters({ ...values, json: true, limit: '5' } as typeof values, NOW_MS)).toEqual({
    ...{ service: 'api', min: 1_500, max: 3_000, since: NOW_MS - 600_000, until: NOW_MS, filter: 'fault' },
    ...{
      route: undefined,
      status: undefined,
      has: undefined,
      lacks: undefined,
      text: undefined,
      group: undefined,
    },
  })
})

test('what cannot be read is named with an example', () => {
  expect(() => filterParameters({ min: 'long' })).toThrow('--min long cannot be read.')
  expect(() => filterParameters({ since: 'yesterday' })).toThrow('--since yesterday')
  expect(() => filterParameters({ status: '500' })).toThrow('--status 500 is none of 2xx,')
  expect(() => readOrdering({ sort: 'size' })).toThrow('--sort size is none of start,')
  expect(() => readLimit('0', 20, 1_000)).toThrow('--limit 0 is not a whole number from 1 to 1000.')
  expect([readLimit(undefined, 20, 1_000), readLimit('7', 20, 1_000)]).toEqual([20, 7])
})
