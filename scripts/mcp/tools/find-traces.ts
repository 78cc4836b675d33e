import { z } from 'zod'
import { count, duration, plural } from '../../../analysis/format.ts'
import { REQUEST_ORDERS, REQUEST_PROVIDERS, REQUEST_SORTS } from '../../../contracts/sandbox/list-words.ts'
import type { RequestRow } from '../../../contracts/sandbox/lists.ts'
import { findRequests } from '../../traces/find-requests.ts'
import { defineTool } from '../tool.ts'

const MAX_LIMIT = 50

const input = z.strictObject({
  service: z.string().optional().describe('Only requests in which this service took part'),
  route: z.string().optional().describe('The exact name of the root, such as "GET /api/activities/home"'),
  status: z
    .enum(['2xx', '3xx', '4xx', '5xx', 'error', 'ok'])
    .optional()
    .describe('Class of the HTTP status; error and ok by whether any part failed'),
  min_ms: z.number().nonnegative().optional().describe('Least duration in milliseconds'),
  max_ms: z.number().nonnegative().optional().describe('Longest duration in milliseconds'),
  text: z
    .string()
    .max(200)
    .optional()
    .describe(
      'Words that must all occur in names, attributes, log records or errors. name=value finds an attribute',
    ),
  xray_filter: z
    .string()
    .max(2_000)
    .optional()
    .describe('An X-Ray filter expression, such as service("api") AND responsetime > 0.5'),
  has: z.enum(REQUEST_PROVIDERS).optional().describe('A provider that has records of the request'),
  lacks: z.enum(REQUEST_PROVIDERS).optional().describe('A provider that has none'),
  minutes: z.number().positive().max(10_080).optional().describe('Only the last so many minutes'),
  sort: z.enum(REQUEST_SORTS).default('start'),
  order: z.enum(REQUEST_ORDERS).default('desc'),
  limit: z.number().int().min(1).max(MAX_LIMIT).default(20),
  after: z.string().optional().describe('The cursor that an earlier answer gave, with the same filters'),
})

export const findTraces = defineTool({
  name: 'find_traces',
  title: 'Find traces',
  description:
    'Lists stored requests (traces), the newest first, with duration, HTTP status, services, and how many records each provider has of them.',
  input,
  isReadOnly: true,
  async run(
    { min_ms, max_ms, xray_filter, minutes, limit, sort, order, after, ...filters },
    { reads, page },
  ) {
    const since = minutes === undefined ? undefined : Math.floor(Date.now() - minutes * 60_000)
    const wanted = { ...filters, min: min_ms, max: max_ms, filter: xray_filter, since }
    const query = { ...wanted, sort, order, after }
    const { requests, next, matching, stored, isComplete } = await findRequests(reads, query, limit)
    const approximately = isComplete ? '' : ' so far (the X-Ray filter is still being compared with the rest)'
    return {
      facts: [
        `${plural(matching, 'request')} of ${count(stored)} stored match${approximately}; ${count(requests.length)} listed.`,
        ...(stored === 0
          ? ['Nothing has arrived yet: list_providers says what was received, and what went wrong.']
          : []),
        ...(next === null ? [] : [`For the next page call again with the same filters and after="${next}".`]),
        `Each trace in the viewer: ${page}/trace/<trace id>`,
      ],
      telemetry: requests.map(lineOf),
      narrow: 'Ask for a smaller limit.',
    }
  },
})

function lineOf(row: RequestRow): string {
  const { traceId, startMs, durationMs, status, name, services, spans, segments, items, error, pruned } = row
  return [
    traceId,
    new Date(startMs).toISOString(),
    duration(durationMs),
    status === null ? 'no status' : String(status),
    error ? 'FAILED' : 'ok',
    `"${name.slice(0, 120)}"`,
    `services: ${services.slice(0, 6).join(', ').slice(0, 120)}`,
    `spans ${spans}, segments ${segments}, Rollbar ${items}`,
    ...(pruned ? ['some records deleted'] : []),
  ].join(' | ')
}
