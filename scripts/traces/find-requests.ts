import type { RequestPage } from '../../contracts/sandbox/lists.ts'
import type { Parameters, SandboxReads } from '../sandbox-reads/sandbox-reads.ts'
import type { FoundRequests } from './request-lines.ts'

/** The sandbox's own bound of a page. */
const PAGE = 200
/** How long a search by an X-Ray filter expression may go on, ms. Each page of it stops after some time. */
const SEARCH_MS = 10_000

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
  return { ...pages, matching, stored, isComplete }
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
      limit: Math.min(PAGE, limit - requests.length),
    })
    requests.push(...page.requests)
    next = page.next ?? undefined
  } while (next !== undefined && requests.length < limit && performance.now() < deadline)
  return { requests, next: next ?? null }
}
