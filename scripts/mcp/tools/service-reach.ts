import { count, cut, plural } from '../../../analysis/format.ts'
import { REQUEST_PROVIDERS, type RequestProvider } from '../../../contracts/sandbox/list-words.ts'
import type { RequestRow } from '../../../contracts/sandbox/lists.ts'
import { LENS_NAMES } from '../../../contracts/trace-links.ts'
import type { SandboxReads } from '../../sandbox-reads/sandbox-reads.ts'

// Which providers have records of the requests that a service took part in: where a wire is missing, one has fewer.

const MAX_SERVICES = 20
const MAX_NAME = 80

/** A line for each service; at most `MAX_SERVICES`, those with the most requests. */
export async function reachOfServices(reads: Pick<SandboxReads, 'menus'>): Promise<string[]> {
  const [all, ...having] = await Promise.all([
    reads.menus({}),
    ...REQUEST_PROVIDERS.map((has) => reads.menus({ has })),
  ])
  const counts = having.map(({ services }) => new Map(services.map(({ name, count: one }) => [name, one])))
  const lines = all.services.slice(0, MAX_SERVICES).map(({ name, count: requests }) => {
    const parts = REQUEST_PROVIDERS.map(
      (provider, place) => `${LENS_NAMES[provider]} ${count(counts[place]?.get(name) ?? 0)}`,
    )
    return `service ${cut(name, MAX_NAME)} | ${plural(requests, 'request')} | of them at ${parts.join(', ')}`
  })
  const more = all.serviceCount - lines.length
  return more > 0 ? [...lines, `${plural(more, 'more service')}: ask for one as "service"`] : lines
}

/** One service: since when and until when each provider has its requests, and the newest that it lacks. */
export async function reachOfService(
  reads: Pick<SandboxReads, 'menus' | 'requests'>,
  service: string,
): Promise<string[]> {
  const { matching } = await reads.menus({ service })
  const name = `service ${cut(service, MAX_NAME)}`
  if (matching === 0) return [`${name}: no stored request has it. Names are exact; find_traces lists others.`]
  const lines = await Promise.all(
    REQUEST_PROVIDERS.map((provider) => providerLine(reads, { service, provider, all: matching })),
  )
  return [`${name}: ${plural(matching, 'request')}`, ...lines]
}

async function providerLine(
  reads: Pick<SandboxReads, 'menus' | 'requests'>,
  { service, provider, all }: { service: string; provider: RequestProvider; all: number },
): Promise<string> {
  const one = async (more: Record<string, string>) =>
    (await reads.requests({ service, limit: 1, ...more })).requests[0]
  const [{ matching }, oldest, newest, lacking] = await Promise.all([
    reads.menus({ service, has: provider }),
    one({ has: provider, order: 'asc' }),
    one({ has: provider }),
    one({ lacks: provider }),
  ])
  return [
    `- ${LENS_NAMES[provider]} has ${count(matching)} of ${count(all)}`,
    ...(oldest && newest ? [`the first at ${timeOf(oldest)}, the last at ${timeOf(newest)}`] : []),
    ...(lacking ? [`the newest that it lacks: ${lacking.traceId} at ${timeOf(lacking)}`] : []),
  ].join('; ')
}

function timeOf({ startMs }: RequestRow): string {
  return new Date(startMs).toISOString()
}
