import { MAX_REQUESTS_PAGE } from '../../contracts/sandbox/list-words.ts'
import type { RequestPage } from '../../contracts/sandbox/lists.ts'
import type { Parameters, SandboxReads } from '../sandbox-reads/sandbox-reads.ts'
import type { FoundRequests } from './request-lines.ts'

/** How long a search by an X-Ray filter expression may go on, ms. Each page of it stops after some time. */
const SEARCH_MS = 10_000
const MAX_ROUTES = 10

/** Up to `limit` requests, page by page. */
export async function findRequests(
  reads: Pick<SandboxReads, 'requests' | 'menus'>,
  parameters: Parameters,
  limit: number,
): Promise<FoundRequests> {
  const { sort: _sort, order: _order, after: _after, ...filters } = parameters
  const [pages, { matching, stored, isComplete }] = await Promise.all([
    readPages(reads, parameters, limit),
    reads.menus(filters),
  ])
  const isEmpty = pages.requests.length === 0 && matching === 0
  const likeRoutes = isEmpty && filters.route !== undefined ? await routesLike(reads, filters) : []
  return { ...pages, matching, stored, isComplete, likeRoutes }
}

/** The stored routes that contain the asked one: a name begins with the method, `GET /api/home`. */
async function routesLike(
  reads: Pick<SandboxReads, 'menus'>,
  { route, ...filters }: Parameters,
): Promise<string[]> {
  const { routes } = await reads.menus(filters)
  const typed = String(route).toLowerCase()
  const found = routes.filter(({ name }) => name.toLowerCase().includes(typed))
  return found.slice(0, MAX_ROUTES).map(({ name }) => name)
}

async function readPages(
  reads: Pick<SandboxReads, 'requests'>,
  { after, ...parameters }: Parameters,
  limit: number,
): Promise<Pick<RequestPage, 'requests' | 'next'>> {
  const deadline = performance.now() + SEARCH_MS
  const requests: RequestPage['requests'][number][] = []
  let next = after === undefined ? undefined : String(after)
  do {
    const page = await reads.requests({
      ...parameters,
      after: next,
      limit: Math.min(MAX_REQUESTS_PAGE, limit - requests.length),
    })
    requests.push(...page.requests)
    next = page.next ?? undefined
  } while (next !== undefined && requests.length < limit && performance.now() < deadline)
  return { requests, next: next ?? null }
}
