import { nearestRank } from '../../contracts/nearest-rank.ts'
import type { RequestMenus } from '../../contracts/sandbox/lists.ts'
import { matchesFilter, type RequestFilter } from './request-filter.ts'
import { SlotFacts } from './slot-facts.ts'
import type { TraceTable } from './trace-table.ts'

const MAX_NAMES = 500
/** A longer name is counted and not offered, because it would not fit a menu or an address. */
const MAX_NAME_LENGTH = 300

/** What the menus offer: services of the requests that match all but the service, and routes likewise; others with 0. */
export function readMenus(
  table: TraceTable,
  filter: RequestFilter,
  matchesElse: (slot: number) => boolean,
): Omit<RequestMenus, 'isComplete'> {
  const { service, route, ...others } = filter
  const byServices = new Uint32Array(table.servicesCount)
  const byName = new Uint32Array(table.nameCount)
  const services = new Map<string, number>()
  const routes = new Map<string, number>()
  const durations: number[] = []
  const facts = new SlotFacts(table)
  // A slot of each code plus 1, to read its text; 0 for a code that no slot has any more.
  const slotOfServices = new Uint32Array(table.servicesCount)
  const slotOfName = new Uint32Array(table.nameCount)
  for (const slot of table.slots()) {
    facts.slot = slot
    const [code, name] = [table.servicesCode(slot), table.nameCode(slot)]
    slotOfServices[code] = slot + 1
    slotOfName[name] = slot + 1
    if (!matchesFilter(others, facts) || !matchesElse(slot)) continue
    const isOfService = service === undefined || facts.services.includes(service)
    const isOfRoute = route === undefined || facts.name === route
    if (isOfService && isOfRoute) durations.push(table.durationMs(slot))
    if (isOfRoute) byServices[code] = (byServices[code] as number) + 1
    if (isOfService) byName[name] = (byName[name] as number) + 1
  }
  for (const [code, count] of byServices.entries()) {
    const slot = slotOfServices[code] as number
    for (const name of slot === 0 ? [] : table.services(slot - 1)) {
      services.set(name, (services.get(name) ?? 0) + count)
    }
  }
  for (const [code, count] of byName.entries()) {
    const slot = slotOfName[code] as number
    if (slot > 0) routes.set(table.name(slot - 1), count)
  }
  const sorted = Float64Array.from(durations).sort()
  return {
    services: mostFrequent(services),
    routes: mostFrequent(routes),
    serviceCount: services.size,
    routeCount: routes.size,
    matching: sorted.length,
    stored: table.size,
    p95Ms: sorted.length === 0 ? 0 : nearestRank(sorted, 0.95),
    longestMs: sorted.at(-1) ?? 0,
  }
}

function mostFrequent(counts: ReadonlyMap<string, number>): RequestMenus['services'] {
  return [...counts]
    .filter(([name]) => name !== '' && name.length <= MAX_NAME_LENGTH)
    .sort(([a, countA], [b, countB]) => countB - countA || (a < b ? -1 : 1))
    .slice(0, MAX_NAMES)
    .map(([name, count]) => ({ name, count }))
}
