import type { QueryInput } from './sandbox/query.ts'
import { ALL_DATASETS } from './sandbox/query-words.ts'
import { toXRayTraceId } from './trace-id.ts'

/** A trace's time in epoch milliseconds. Without a time in the link, Honeycomb searches only the last two hours. */
export interface TraceTime {
  readonly startMs: number
  readonly endMs: number
}

export interface HoneycombPlace {
  /** The user interface's origin: `https://ui.honeycomb.io` or `https://ui.eu1.honeycomb.io`. */
  readonly ui: string
  readonly team: string
  /** Absent with a Classic key, which has no environments. */
  readonly environment?: string | undefined
  readonly dataset: string
}

/** A provider's view of a trace in the viewer. It becomes the fragment of the link. */
export type Lens = 'honeycomb' | 'xray' | 'rollbar'
export const LENSES = ['honeycomb', 'xray', 'rollbar'] as const satisfies readonly Lens[]
export const LENS_NAMES: Readonly<Record<Lens, string>> = {
  honeycomb: 'Honeycomb',
  xray: 'X-Ray',
  rollbar: 'Rollbar',
}

/** Source: https://docs.honeycomb.io/investigate/collaborate/share-trace/ */
export function honeycombTraceUrl(place: HoneycombPlace, traceId: string, time?: TraceTime): string {
  const url = new URL(`${datasetPath(place)}/trace`, place.ui)
  url.searchParams.set('trace_id', traceId)
  if (time) {
    url.searchParams.set('trace_start_ts', String(Math.floor(time.startMs / 1000)))
    url.searchParams.set('trace_end_ts', String(Math.ceil(time.endMs / 1000)))
  }
  return url.href
}

/**
 * A query template link: Honeycomb runs the question when the link is opened. The dataset `__all__` gives the address of
 * the environment; undefined with Classic, whose questions have one dataset each.
 * Honeycomb's documentation warns of addresses with more than about 2,000 characters.
 *
 * Source: https://docs.honeycomb.io/investigate/collaborate/share-query
 */
export function honeycombQueryLink(place: HoneycombPlace, query: QueryInput): string | undefined {
  if (place.dataset === ALL_DATASETS && !place.environment) return undefined
  const path = place.dataset === ALL_DATASETS ? environmentPath(place) : datasetPath(place)
  const { id: _id, ...specification } = query
  // Not URLSearchParams, which writes a space as a plus sign.
  return new URL(`${path}?query=${encodeURIComponent(JSON.stringify(specification))}`, place.ui).href
}

function environmentPath({ team, environment }: HoneycombPlace): string {
  return `/${encodeURIComponent(team)}${environment ? `/environments/${encodeURIComponent(environment)}` : ''}`
}

function datasetPath(place: HoneycombPlace): string {
  return `${environmentPath(place)}/datasets/${encodeURIComponent(datasetSlug(place.dataset))}`
}

/** The dataset's name as Honeycomb writes it in URLs: lower case, with one dash for each run of other characters. */
export function datasetSlug(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replace(/[^a-z0-9._~-]+/g, '-')
}

/** The trace in the CloudWatch console, which shows X-Ray's traces. */
export function xrayTraceUrl(region: string, traceId: string): string {
  return `https://${region}.console.aws.amazon.com/cloudwatch/home?region=${region}#xray:traces/${toXRayTraceId(traceId)}`
}

/** X-Ray's console shows at most this much. Source: as of `xrayFilterUrl`. */
const MAX_CONSOLE_RANGE_MS = 6 * 3_600_000
/** The end of the year 9999. A list may be filtered by any number. */
const MAX_TIME_MS = 253_402_300_799_000

/**
 * The traces in X-Ray's console that match a filter expression, which may be empty; without a time, or with one that the
 * console cannot show, of the last six hours.
 *
 * Source: https://docs.aws.amazon.com/xray/latest/devguide/xray-console-deeplinks.html
 */
export function xrayFilterUrl(region: string, filter: string, time?: TraceTime): string {
  const isShown =
    time &&
    time.startMs >= 0 &&
    time.endMs > time.startMs &&
    time.endMs < MAX_TIME_MS &&
    time.endMs - time.startMs <= MAX_CONSOLE_RANGE_MS
  const seconds = (ms: number) => new Date(ms).toISOString().slice(0, 19)
  const range = isShown ? `${seconds(time.startMs)}~${seconds(time.endMs + 999)}` : 'PT6H'
  const query = [`timeRange=${range}`, ...(filter ? [`filter=${encodeURIComponent(filter)}`] : [])].join('&')
  return `https://${region}.console.aws.amazon.com/xray/home?region=${region}#/traces?${query}`
}

/** The occurrence of an error. The link works about five seconds after the occurrence was sent. */
export function rollbarOccurrenceUrl(uuid: string): string {
  return `https://rollbar.com/occurrence/uuid/?uuid=${encodeURIComponent(uuid)}`
}

/** The trace in the sandbox's viewer. */
export function sandboxTraceUrl(sandbox: string, traceId: string, lens: Lens): string {
  return new URL(`/trace/${traceId}#${lens}`, sandbox).href
}
