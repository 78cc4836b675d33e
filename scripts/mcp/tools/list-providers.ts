import { z } from 'zod'
import { count, cut, plural } from '../../../analysis/format.ts'
import type { ForeignPage, HttpErrorCount } from '../../../contracts/sandbox/health.ts'
import type { Wiring } from '../../../contracts/sandbox/wiring.ts'
import { LENS_NAMES, LENSES } from '../../../contracts/trace-links.ts'
import { UserError } from '../../../contracts/user-error.ts'
import { defineTool } from '../tool.ts'
import { reachOfService, reachOfServices } from './service-reach.ts'

const MAX_ERRORS = 20

export const listProviders = defineTool({
  name: 'list_providers',
  title: 'What each provider received',
  description:
    'For Honeycomb, X-Ray and Rollbar: whether the sandbox stands in for it, what arrived in the last 15 minutes, how many requests of each service it has, HTTP errors that senders got, and losses. The first thing to read when something does not show up. With service: since when each provider has that service’s requests, and the newest that it lacks.',
  input: z.strictObject({
    service: z.string().min(1).max(300).optional().describe('The exact name of one service'),
  }),
  isReadOnly: true,
  async run({ service }, { reads, page }) {
    const [read, wiring, reach] = await Promise.all([
      reads.providers(),
      reads.wiring().catch(noWiring),
      service === undefined ? reachOfServices(reads) : reachOfService(reads, service),
    ])
    const { received, counts, httpErrors, foreignPages, rules, futureRequests, pruned, ...providers } = read
    const arrived = Object.entries(received).map(
      ([kind, minutes]) => `${kind} ${count(minutes.reduce((sum, number) => sum + number, 0))}`,
    )
    return {
      facts: [
        ...LENSES.map((one) => `${LENS_NAMES[one]}: ${MODES[providers[one].mode]}`),
        `Received in the last 15 minutes (occurrences are Rollbar’s): ${arrived.join(', ')}`,
        `Since the sandbox started: ${plural(counts.metricPoints, 'metric data point')}, ${plural(counts.spansRejected, 'span')} rejected, ${plural(counts.segmentsDropped, 'segment')} dropped, ${counts.kernelDrops === null ? 'datagrams that the kernel dropped are not known here' : `${plural(counts.kernelDrops, 'datagram')} dropped by the kernel`}.`,
        ...(futureRequests > 0
          ? [
              `${plural(futureRequests, 'request')} of a time that the clock of this machine has not reached: lists have them last, and the map does not have them.`,
            ]
          : []),
        ...(pruned ? ['Older records have been deleted: the store keeps the newest only.'] : []),
        `${plural(httpErrors.length, 'kind')} of HTTP errors since then, the latest first${httpErrors.length > MAX_ERRORS ? `; ${MAX_ERRORS} are listed` : ''}.`,
        ...(wiring ? wiringFacts(wiring) : ['Whether rows look like one request could not be read now.']),
        'A provider counts as having a request of a service also by the records of another service in it; show_trace names the services that one provider lacks. An app’s wiring: docs/your-app/README.md.',
        `In the viewer: ${page}/providers. npm run doctor looks for the cause in this workspace’s own services.`,
      ],
      telemetry: [
        ...reach,
        ...(counts.lastDrop ? [`The last dropped segment: ${counts.lastDrop}`] : []),
        ...httpErrors.slice(0, MAX_ERRORS).map(httpErrorLine),
        ...foreignPages.map(foreignPageLine),
        ...(wiring?.examples ?? []).map(
          ({ request, service: name, honeycomb, xray }) =>
            `looks like one request: ${cut(request, 100)} of ${cut(name, 60)}: Honeycomb ${honeycomb}, X-Ray ${xray}`,
        ),
        ...(wiring?.oneSided ?? []).map(oneSidedLine),
        ...rules.map(
          ({ name, requests, sampled, borrowed }) =>
            `sampling rule ${cut(name, 40)}: ${count(sampled + borrowed)} of ${plural(requests, 'request')} sampled`,
        ),
      ],
    }
  },
})

function wiringFacts({ rows, requests, examples, compared, isAll, isComplete }: Wiring): string[] {
  const part = isAll && isComplete ? '' : ` Compared: ${plural(compared, 'trace')}, the newest.`
  if (rows === 0) return part ? [`No rows look like one request.${part}`] : []
  return [
    `${count(rows)} stored rows look like ${plural(requests, 'request')}, of which ${count(examples.length)} are listed: two libraries each made a trace id. docs/your-app/two-rows.md says how to make them one.${part}`,
  ]
}

function oneSidedLine({ service, only, requests, isSoFar, sinceMs }: Wiring['oneSided'][number]): string {
  const since = sinceMs === null ? '' : `, since ${new Date(sinceMs).toISOString()}`
  return `service ${cut(service, 60)} sends to ${LENS_NAMES[only]} only${isSoFar ? ' so far' : ''} (${plural(requests, 'request')}${since})`
}

function httpErrorLine({
  provider,
  path,
  status,
  grpcStatus,
  message,
  count: times,
  lastMs,
}: HttpErrorCount) {
  const answered = `${status}${grpcStatus ? ` ${grpcStatus}` : ''}`
  return `HTTP error of ${LENS_NAMES[provider]} | ${answered} | ${cut(path, 100)} | ${plural(times, 'time')}, last ${new Date(lastMs).toISOString()} | ${cut(message, 200)}`
}

function foreignPageLine({ origin, message, count: times, lastMs }: ForeignPage) {
  return `web page that was not let in | ${cut(origin || 'without a name', 100)} | ${plural(times, 'time')}, last ${new Date(lastMs).toISOString()} | ${cut(message, 200)}`
}

/** The rest of the answer is of use without it. */
function noWiring(error: unknown): undefined {
  if (!(error instanceof UserError)) throw error
}

const MODES = {
  local: 'the sandbox stands in for it',
  live: 'live: its telemetry goes to the provider, and is not here',
  off: 'switched off',
} as const
