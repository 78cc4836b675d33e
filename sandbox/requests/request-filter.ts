import type { RequestProvider } from '../../contracts/sandbox/list-words.ts'

/** The filters of the list that look at one request only. All that are set must hold. */
export interface RequestFilter {
  /** Epoch milliseconds. */
  readonly sinceMs?: number | undefined
  readonly untilMs?: number | undefined
  readonly service?: string | undefined
  /** The name of the root. */
  readonly route?: string | undefined
  readonly error?: boolean | undefined
  /** The first digit of the HTTP status. */
  readonly statusClass?: number | undefined
  /** Of the duration, ms. */
  readonly minMs?: number | undefined
  readonly maxMs?: number | undefined
  /** A provider that has records of the request, and one that has none. */
  readonly has?: RequestProvider | undefined
  readonly lacks?: RequestProvider | undefined
  /** Only these. */
  readonly traceIds?: readonly string[] | undefined
}

/** The count of each provider's records in a request. */
const RECORDS = { honeycomb: 'spans', xray: 'segments', rollbar: 'items' } as const

/** What the filters look at. */
export interface RequestFacts {
  readonly traceId: string
  /** Epoch milliseconds: the trace's place in the list. */
  readonly startedMs: number
  readonly durationMs: number
  readonly name: string
  readonly services: readonly string[]
  readonly status: number | null
  readonly spans: number
  readonly segments: number
  readonly items: number
  readonly error: boolean
}

/** Whether `status` must be known to filter. */
export function needsStatus({ statusClass }: RequestFilter): boolean {
  return statusClass !== undefined
}

export function matchesFilter(filter: RequestFilter, facts: RequestFacts): boolean {
  const { sinceMs, untilMs, service, route, error, statusClass, minMs, maxMs, has, lacks, traceIds } = filter
  return (
    (sinceMs === undefined || facts.startedMs >= sinceMs) &&
    (untilMs === undefined || facts.startedMs <= untilMs) &&
    (error === undefined || facts.error === error) &&
    (minMs === undefined || facts.durationMs >= minMs) &&
    (maxMs === undefined || facts.durationMs <= maxMs) &&
    (has === undefined || facts[RECORDS[has]] > 0) &&
    (lacks === undefined || facts[RECORDS[lacks]] === 0) &&
    (route === undefined || facts.name === route) &&
    (service === undefined || facts.services.includes(service)) &&
    (statusClass === undefined || Math.floor((facts.status ?? 0) / 100) === statusClass) &&
    (traceIds === undefined || traceIds.includes(facts.traceId))
  )
}
