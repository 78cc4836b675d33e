import { toXRayTraceId } from './trace-id.ts'

/** A trace's time in epoch milliseconds. Honeycomb finds a trace older than two hours only by a link with its time. */
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

/** The provider's view of a trace that a link to the viewer opens. */
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

/** The dataset's name as Honeycomb writes it in URLs: lower case, with a dash for each character it does not keep. */
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

/** The occurrence of an error. Rollbar resolves it some five seconds after it was sent. */
export function rollbarOccurrenceUrl(uuid: string): string {
  return `https://rollbar.com/occurrence/uuid/?uuid=${encodeURIComponent(uuid)}`
}

/** The trace in the sandbox's viewer. */
export function sandboxTraceUrl(sandbox: string, traceId: string, lens: Lens): string {
  return new URL(`/trace/${traceId}#${lens}`, sandbox).href
}
