import { z } from 'zod'
import { count, cut, duration, plural } from '../../../analysis/format.ts'
import {
  REQUEST_ORDERS,
  REQUEST_PROVIDERS,
  REQUEST_SORTS,
  REQUEST_STATUSES,
} from '../../../contracts/sandbox/list-words.ts'
import type { RequestRow } from '../../../contracts/sandbox/lists.ts'
import { UserError } from '../../../contracts/user-error.ts'
import { readMomentMs } from '../../command-line/typed-time.ts'
import { findRequests } from '../../traces/find-requests.ts'
import type { FoundRequests } from '../../traces/request-lines.ts'
import { twoRowsNote } from '../../traces/twins.ts'
import { type Answer, linesThatFit } from '../answer.ts'
import { defineTool } from '../tool.ts'

const MAX_LIMIT = 50
const MAX_SERVICES = 6

const moment = z.string().max(40).optional()

const input = z.strictObject({
  service: z.string().optional().describe('Only requests in which this service took part'),
  route: z
    .string()
    .optional()
    .describe('The exact name of the root, with its method: "GET /api/activities/home"'),
  status: z
    .enum(REQUEST_STATUSES)
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
  xray_group: z.string().max(100).optional().describe('The name of an X-Ray group'),
  has: z.enum(REQUEST_PROVIDERS).optional().describe('A provider that has records of the request'),
  lacks: z.enum(REQUEST_PROVIDERS).optional().describe('A provider that has none'),
  minutes: z.number().positive().max(10_080).optional().describe('Only the last so many minutes'),
  since: moment.describe(
    'Only from then on, in place of minutes: an ISO time with its zone, or an age such as 10m or 2h',
  ),
  until: moment.describe('Only up to then'),
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
    { min_ms, max_ms, xray_filter, xray_group, minutes, since, until, limit, sort, order, after, ...filters },
    { reads, page },
  ) {
    const query = {
      ...filters,
      ...{ min: min_ms, max: max_ms, filter: xray_filter, group: xray_group, sort, order, after },
      since: readMoment('since', since ?? (minutes === undefined ? undefined : `${minutes}m`)),
      until: readMoment('until', until),
    }
    const found = await findRequests(reads, query, limit)
    const note = await twoRowsNote(reads, found.requests)
    const answer = answerOf(found, note, page)
    const fitting = linesThatFit(answer)
    // The cursor follows the last request of the page: requests that did not fit into the answer would be on no page.
    if (fitting >= found.requests.length || fitting === 0) return answer
    return answerOf(await findRequests(reads, query, fitting), note, page)
  },
})

function answerOf(found: FoundRequests, note: string | undefined, page: string): Answer {
  const { requests, next, matching, stored, isComplete, likeRoutes } = found
  const approximately = isComplete ? '' : ' so far (the X-Ray filter is still being compared with the rest)'
  return {
    facts: [
      `${plural(matching, 'request')} of ${count(stored)} stored match${approximately}; ${count(requests.length)} listed.`,
      ...(stored === 0
        ? ['Nothing has arrived yet: list_providers says what was received, and what went wrong.']
        : []),
      ...(next === null ? [] : [`For the next page call again with the same filters and after="${next}".`]),
      ...(note ? [`${note}.`] : []),
      `Each trace in the viewer: ${page}/trace/<trace id>`,
    ],
    telemetry: [
      ...requests.map(lineOf),
      ...likeRoutes.map((route) => `a route whose name contains it: ${cut(route, 200)}`),
    ],
    narrow: 'Ask for a smaller limit.',
  }
}

/** Epoch ms. Throws a UserError with the code USAGE. */
function readMoment(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const ms = readMomentMs(text, Date.now())
  if (ms !== undefined) return Math.floor(ms)
  throw new UserError({
    code: 'USAGE',
    what: `${name} is not a time.`,
    fix: `${name}: "2026-11-26T12:30:00Z", or an age such as "10m"`,
  })
}

function lineOf(row: RequestRow): string {
  const { traceId, startMs, durationMs, status, name, services, spans, segments, items, error, pruned } = row
  return [
    traceId,
    new Date(startMs).toISOString(),
    duration(durationMs),
    status === null ? 'no status' : String(status),
    error ? 'FAILED' : 'ok',
    `"${cut(name, 120)}"`,
    `services: ${servicesText(services)}`,
    `spans ${spans}, segments ${segments}, Rollbar occurrences ${items}`,
    ...(pruned ? ['some records deleted'] : []),
  ].join(' | ')
}

function servicesText(services: readonly string[]): string {
  const shown = services
    .slice(0, MAX_SERVICES)
    .map((name) => cut(name, 40))
    .join(', ')
  return services.length > MAX_SERVICES ? `${shown} and ${services.length - MAX_SERVICES} more` : shown
}
