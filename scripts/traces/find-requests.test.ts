import { expect, test } from 'vitest'
import type { RequestMenus, RequestRow } from '../../contracts/sandbox/lists.ts'
import type { Parameters } from '../sandbox-reads/sandbox-reads.ts'
import { findRequests } from './find-requests.ts'

/** A sandbox of `stored` requests, whose pages have at most three, and sometimes none, as a search by an expression has. */
function sandboxOf(stored: number) {
  const asked: Parameters[] = []
  const requests = async (parameters: Parameters) => {
    asked.push(parameters)
    const from = Number(parameters.after ?? 0)
    const count = from === 3 && asked.length === 2 ? 0 : Math.min(3, Number(parameters.limit), stored - from)
    const rows = Array.from(
      { length: count },
      (_, index) => ({ traceId: String(from + index) }) as RequestRow,
    )
    return { requests: rows, next: from + count < stored ? String(from + count) : null, reachedMs: null }
  }
  const menus = async (parameters: Parameters) => {
    asked.push(parameters)
    return { matching: stored, stored: 99, isComplete: true } as RequestMenus
  }
  return { asked, reads: { requests, menus } }
}

test('short and empty pages are followed until there are as many as wanted', async () => {
  const { reads } = sandboxOf(20)
  const found = await findRequests(reads, { service: 'api' }, 7)
  expect(found.requests.map(({ traceId }) => traceId)).toEqual(['0', '1', '2', '3', '4', '5', '6'])
  expect(found).toMatchObject({ next: '7', matching: 20, stored: 99, isComplete: true })
})

test('the end has no cursor, a page begins after one, and the menus count without it', async () => {
  const { reads, asked } = sandboxOf(5)
  const found = await findRequests(reads, { status: 'error', sort: 'duration', after: '4' }, 10)
  expect(found).toMatchObject({ requests: [{ traceId: '4' }], next: null })
  expect(asked).toContainEqual({ status: 'error' })
  expect(asked).toContainEqual({ status: 'error', sort: 'duration', after: '4', limit: 10 })
})

test('a route without a request is answered with the routes that contain it', async () => {
  const menus = async (parameters: Parameters) =>
    ({
      ...{ services: [], serviceCount: 0, routeCount: 3, p95Ms: 0, longestMs: 0 },
      ...{ matching: parameters.route === undefined ? 3 : 0, stored: 3, isComplete: true },
      routes: ['GET /api/Home', 'POST /api/home', 'GET /error'].map((name) => ({ name, count: 1 })),
    }) satisfies RequestMenus
  const reads = { menus, requests: async () => ({ requests: [], next: null, reachedMs: null }) }
  const found = await findRequests(reads, { route: '/api/home', service: 'api' }, 20)
  expect(found.likeRoutes).toEqual(['GET /api/Home', 'POST /api/home'])
})
