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

/** Source: https://docs.honeycomb.io/investigate/collaborate/share-trace/ */
export function honeycombTraceUrl(place: HoneycombPlace, traceId: string, time?: TraceTime): string {
  const environment = place.environment ? `/environments/${encodeURIComponent(place.environment)}` : ''
  const url = new URL(
    `/${encodeURIComponent(place.team)}${environment}/datasets/${encodeURIComponent(datasetSlug(place.dataset))}/trace`,
    place.ui,
  )
  url.searchParams.set('trace_id', traceId)
  if (time) {
    url.searchParams.set('trace_start_ts', String(Math.floor(time.startMs / 1000)))
    url.searchParams.set('trace_end_ts', String(Math.ceil(time.endMs / 1000)))
  }
  return url.href
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

/** The occurrence of an error. The link works about five seconds after the occurrence was sent. */
export function rollbarOccurrenceUrl(uuid: string): string {
  return `https://rollbar.com/occurrence/uuid/?uuid=${encodeURIComponent(uuid)}`
}

/** The trace in the sandbox's viewer. */
export function sandboxTraceUrl(sandbox: string, traceId: string, lens: Lens): string {
  return new URL(`/trace/${traceId}#${lens}`, sandbox).href
}
