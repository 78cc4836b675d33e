import { z } from 'zod'
import { count, plural } from '../../../analysis/format.ts'
import { LENS_NAMES, LENSES } from '../../../contracts/trace-links.ts'
import { defineTool } from '../tool.ts'

const MAX_ERRORS = 20

export const listProviders = defineTool({
  name: 'list_providers',
  title: 'What each provider received',
  description:
    'For Honeycomb, X-Ray and Rollbar: whether the sandbox stands in for it, what arrived in the last 15 minutes, HTTP errors that senders got, and losses. The first thing to read when nothing shows up.',
  input: z.strictObject({}),
  isReadOnly: true,
  async run(_input, { reads, page }) {
    const [read, wiring] = await Promise.all([reads.providers(), reads.wiring()])
    const { received, counts, httpErrors, rules, pruned, ...providers } = read
    const arrived = Object.entries(received).map(
      ([kind, minutes]) => `${kind} ${count(minutes.reduce((sum, number) => sum + number, 0))}`,
    )
    return {
      facts: [
        ...LENSES.map((one) => `${LENS_NAMES[one]}: ${MODES[providers[one].mode]}`),
        `Received in the last 15 minutes: ${arrived.join(', ')}`,
        `Since the sandbox started: ${plural(counts.metricPoints, 'metric data point')}, ${plural(counts.spansRejected, 'span')} rejected, ${plural(counts.segmentsDropped, 'segment')} dropped, ${counts.kernelDrops === null ? 'datagrams that the kernel dropped are not known here' : `${plural(counts.kernelDrops, 'datagram')} dropped by the kernel`}.`,
        ...(pruned ? ['Older records have been deleted: the store keeps the newest only.'] : []),
        `${plural(httpErrors.length, 'kind')} of HTTP errors, the latest first${httpErrors.length > MAX_ERRORS ? `; ${MAX_ERRORS} are listed` : ''}.`,
        ...(wiring.rows > 0
          ? [
              `${count(wiring.rows)} stored rows look like ${plural(wiring.requests, 'request')}: two libraries each made a trace id. docs/your-app/two-rows.md says how to make them one.`,
            ]
          : []),
        `In the viewer: ${page}/providers. npm run doctor looks for the cause.`,
      ],
      telemetry: [
        ...(counts.lastDrop ? [`The last dropped segment: ${counts.lastDrop}`] : []),
        ...httpErrors.slice(0, MAX_ERRORS).map((error) => JSON.stringify(error)),
        ...wiring.examples.map(
          ({ request, service, honeycomb, xray }) =>
            `looks like one request: ${request.slice(0, 100)} of ${service.slice(0, 60)}: Honeycomb ${honeycomb}, X-Ray ${xray}`,
        ),
        ...wiring.oneSided.map(
          ({ service, only, requests }) =>
            `${service.slice(0, 60)} sends to ${LENS_NAMES[only]} only (${plural(requests, 'request')})`,
        ),
        ...rules.map(
          ({ name, requests, sampled }) =>
            `sampling rule ${name.slice(0, 40)}: ${count(sampled)} of ${plural(requests, 'request')} sampled`,
        ),
      ],
    }
  },
})

const MODES = {
  local: 'the sandbox stands in for it',
  live: 'live: its telemetry goes to the provider, and is not here',
  off: 'switched off',
} as const
