import type { RequestMenus } from '../../contracts/sandbox/lists.ts'
import { matchesFilter, type RequestFilter } from './request-filter.ts'
import { SlotFacts } from './slot-facts.ts'
import type { TraceTable } from './trace-table.ts'

const MAX_NAMES = 500
/** A longer name is counted and not offered, because it would not fit a menu or an address. */
const MAX_NAME_LENGTH = 300

/** What the menus offer: services of the requests that match all but the service, and routes likewise. */
export function readMenus(
  table: TraceTable,
  filter: RequestFilter,
  matchesElse: (slot: number) => boolean,
): RequestMenus {
  const { service, route, ...others } = filter
  const byServices = new Uint32Array(table.servicesCount)
  const byName = new Uint32Array(table.nameCount)
  const services = new Map<string, number>()
  const routes = new Map<string, number>()
  let matching = 0
  const facts = new SlotFacts(table)
  // One slot of each code, to read its text.
  const slotOfServices = new Uint32Array(table.servicesCount)
  const slotOfName = new Uint32Array(table.nameCount)
  for (const slot of table.slots()) {
    facts.slot = slot
    if (!matchesFilter(others, facts) || !matchesElse(slot)) continue
    const isOfService = service === undefined || facts.services.includes(service)
    const isOfRoute = route === undefined || facts.name === route
    if (isOfService && isOfRoute) matching++
    const [code, name] = [table.servicesCode(slot), table.nameCode(slot)]
    if (isOfRoute) byServices[code] = (byServices[code] as number) + 1
    if (isOfService) byName[name] = (byName[name] as number) + 1
    slotOfServices[code] = slot
    slotOfName[name] = slot
  }
  for (const [code, count] of byServices.entries()) {
    if (count === 0) continue
    for (const name of table.services(slotOfServices[code] as number)) {
      services.set(name, (services.get(name) ?? 0) + count)
    }
  }
  for (const [code, count] of byName.entries()) {
    if (count > 0) routes.set(table.name(slotOfName[code] as number), count)
  }
  return {
    services: mostFrequent(services),
    routes: mostFrequent(routes),
    serviceCount: services.size,
    routeCount: routes.size,
    matching,
    stored: table.size,
  }
}

function mostFrequent(counts: ReadonlyMap<string, number>): RequestMenus['services'] {
  return [...counts]
    .filter(([name]) => name !== '' && name.length <= MAX_NAME_LENGTH)
    .sort(([a, countA], [b, countB]) => countB - countA || (a < b ? -1 : 1))
    .slice(0, MAX_NAMES)
    .map(([name, count]) => ({ name, count }))
}
