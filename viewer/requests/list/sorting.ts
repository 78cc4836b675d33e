import {
  REQUEST_ORDERS,
  REQUEST_SORTS,
  type RequestOrder,
  type RequestSort,
} from '../../../contracts/sandbox/list-words.ts'

/** The list's order, with the same names in the page's address and in the sandbox's read. */
export interface Sorting {
  readonly sort: RequestSort
  readonly order: RequestOrder
}

export const NEWEST_FIRST: Sorting = { sort: 'start', order: 'desc' }

/** The order that the first click on a column's head gives: what a reader looks for is at the top. */
const FIRST_ORDER: Readonly<Record<RequestSort, RequestOrder>> = {
  start: 'desc',
  name: 'asc',
  status: 'desc',
  duration: 'desc',
  services: 'asc',
  spans: 'desc',
  segments: 'desc',
  items: 'desc',
}

const WORDS: Readonly<Record<RequestSort, Readonly<Record<RequestOrder, string>>>> = {
  start: { desc: 'newest first', asc: 'oldest first' },
  duration: { desc: 'slowest first', asc: 'fastest first' },
  status: { desc: 'highest status first', asc: 'lowest status first' },
  name: { asc: 'request A–Z', desc: 'request Z–A' },
  services: { asc: 'services A–Z', desc: 'services Z–A' },
  spans: { desc: 'most spans first', asc: 'fewest spans first' },
  segments: { desc: 'most segments first', asc: 'fewest segments first' },
  items: { desc: 'most errors first', asc: 'fewest errors first' },
}

/** All orders, the usual ones first. */
export const SORTINGS: readonly Sorting[] = (Object.keys(WORDS) as RequestSort[]).flatMap((sort) =>
  (Object.keys(WORDS[sort]) as RequestOrder[]).map((order) => ({ sort, order })),
)

/** The order in an address. Unknown words give the default. */
export function sortingOf(query: URLSearchParams): Sorting {
  const sort = REQUEST_SORTS.find((name) => name === query.get('sort'))
  if (!sort) return NEWEST_FIRST
  return { sort, order: REQUEST_ORDERS.find((name) => name === query.get('order')) ?? 'desc' }
}

/** The order for an address; empty for the default. */
export function sortingQuery({ sort, order }: Sorting): string {
  return sort === NEWEST_FIRST.sort && order === NEWEST_FIRST.order ? '' : `sort=${sort}&order=${order}`
}

export function wordsOf({ sort, order }: Sorting): string {
  return WORDS[sort][order]
}

/** What a click on a column's head gives: its first order, then the other one, then newest first again. */
export function nextSorting(now: Sorting, sort: RequestSort): Sorting {
  const first = FIRST_ORDER[sort]
  if (now.sort !== sort) return { sort, order: first }
  return now.order === first ? { sort, order: first === 'asc' ? 'desc' : 'asc' } : NEWEST_FIRST
}
