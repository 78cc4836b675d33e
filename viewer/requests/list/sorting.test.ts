import { expect, test } from 'vitest'
import { REQUEST_SORTS } from '../../../contracts/sandbox/list-words.ts'
import { NEWEST_FIRST, nextSorting, SORTINGS, sortingOf, sortingQuery, wordsOf } from './sorting.ts'

test('a column’s head sorts, turns round, and leads back to newest first', () => {
  const clicks = (sort: (typeof REQUEST_SORTS)[number]) => {
    const first = nextSorting(NEWEST_FIRST, sort)
    const second = nextSorting(first, sort)
    return [first, second, nextSorting(second, sort)].map(wordsOf)
  }
  expect(clicks('duration')).toEqual(['slowest first', 'fastest first', 'newest first'])
  expect(clicks('name')).toEqual(['request A–Z', 'request Z–A', 'newest first'])
  // The default order is already that of the first click.
  expect(clicks('start')).toEqual(['oldest first', 'newest first', 'oldest first'])
  expect(nextSorting({ sort: 'name', order: 'desc' }, 'start')).toEqual(NEWEST_FIRST)
})

test('an order survives its way through an address, and unknown words give the default', () => {
  for (const sorting of SORTINGS)
    expect(sortingOf(new URLSearchParams(sortingQuery(sorting)))).toEqual(sorting)
  expect(SORTINGS).toHaveLength(2 * REQUEST_SORTS.length)
  expect(sortingQuery(NEWEST_FIRST)).toBe('')
  expect(sortingOf(new URLSearchParams('sort=__proto__&order=up'))).toEqual(NEWEST_FIRST)
  expect(wordsOf(sortingOf(new URLSearchParams('sort=duration&order=up')))).toBe('slowest first')
})
