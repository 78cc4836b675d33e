import { serverSpan, type TraceEvidence } from '../../contracts/evidence.ts'
import type { PlannedFault } from '../../contracts/planted-faults.ts'
import { met, notYet, type Verdict } from '../chapter.ts'
import type { CheckContext, LoggedRequest } from '../context.ts'
import { type Find, isAffected } from './answer.ts'
import { routeOf } from './named-span.ts'

/** So many traces of a route are read in search of a healthy one. */
const READ = 6
/** A load that has each route several times. */
const LOAD_AGAIN = 'npm run load -- --rate 20 --duration 20'

/** A fault's request beside a request of the same route without the fault. */
export interface Comparison {
  readonly find: Find
  readonly route: string
  /** The requests of the route after the faults were removed, newest first. */
  readonly requests: readonly LoggedRequest[]
  readonly healthy: TraceEvidence | undefined
}

/** Looks for a healthy trace of the route on which a fault was found. `removedAt`: epoch ms. */
export async function findComparison(
  context: CheckContext,
  find: Find,
  faults: readonly PlannedFault[],
  removedAt: number,
): Promise<Comparison> {
  const { request } = find.named
  const path = String(request.attributes['url.path'] ?? '')
  const route = routeOf(request) ?? path
  const requests = (await context.requests('GET', patternOf(route))).filter(({ atMs }) => atMs >= removedAt)
  const kept = requests.flatMap(({ traceId, isKept }) => (isKept ? traceId : []))
  // X-Ray's list has those of an earlier check, too, and of an api whose log cannot be read.
  const listed = await context.recentTraces(`http.url CONTAINS ${JSON.stringify(constantPart(route))}`)
  const ids = [...new Set([...kept.slice(0, READ), ...listed])]
  for (const id of ids) {
    const trace = await context.trace(id)
    const other = serverSpan(trace, context.service)
    if (!other || other.startMs < removedAt || (other.status ?? 0) >= 400) continue
    if ((routeOf(other) ?? other.attributes['url.path']) !== route || isAffected(trace, faults)) continue
    return { find, route, requests, healthy: trace }
  }
  return { find, route, requests, healthy: undefined }
}

export function judgeComparisons(
  comparisons: readonly Comparison[],
  { page, modes }: Pick<CheckContext, 'page' | 'modes'>,
): Verdict {
  const open = comparisons.find(({ healthy }) => healthy === undefined)
  if (open) {
    const { route, requests } = open
    const kept = requests.filter(({ isKept }) => isKept).length
    if (requests.length === 0) {
      return notYet(`No request of ${route} has come since you removed the faults.`, LOAD_AGAIN)
    }
    if (kept === 0) {
      return notYet(
        `${requests.length} of ${route} came since you removed the faults, and none was kept: sampling decides.`,
        LOAD_AGAIN,
      )
    }
    return notYet(
      `${kept} of ${route} were kept since you removed the faults, and no healthy one has arrived.`,
      'Run the check again in two seconds',
    )
  }
  const links = comparisons.map(({ find: { fault, named }, healthy }) => {
    // The page has what the sandbox has.
    if (modes.honeycomb !== 'local' && modes.xray !== 'local')
      return `${fault.kind}: ${healthy?.traceId} beside ${named.trace.traceId}, not checked on Compare, which has only local traces`
    const address = new URL('compare', `${page}/`)
    address.searchParams.set('a', healthy?.traceId ?? '')
    address.searchParams.set('b', named.trace.traceId)
    return `${fault.kind}: ${address.href}`
  })
  return met(['a request without the fault (A) beside yours (B)', ...links].join('\n      '))
}

/** `/api/activities/@:handle` as a pattern of paths. */
function patternOf(route: string): RegExp {
  const parts = route.split(/:\w+/).map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${parts.join('[^/]+')}$`)
}

/** What the URLs of all requests of a route have in common. */
function constantPart(route: string): string {
  return route.split(':')[0] ?? route
}
