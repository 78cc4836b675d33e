/**
 * What the viewer reads of X-Ray's service graph, as GetServiceGraph answers it:
 * https://docs.aws.amazon.com/xray/latest/api/API_Service.html
 */
export interface ServiceGraph {
  readonly Services: readonly GraphService[]
}

export interface GraphService extends Statistics {
  readonly ReferenceId: number
  readonly Name: string
  readonly Type?: string
  readonly Edges: readonly (Statistics & { readonly ReferenceId: number })[]
}

/** The requests of a service or of an edge. Response times in seconds. */
interface Statistics {
  readonly SummaryStatistics?: {
    readonly ErrorStatistics: { readonly TotalCount: number }
    readonly FaultStatistics: { readonly TotalCount: number }
    readonly TotalCount: number
  }
  readonly ResponseTimeHistogram?: readonly Bucket[]
}

interface Bucket {
  readonly Value: number
  readonly Count: number
}

/** The same in other units: rates are shares of all requests; times are in ms. */
export type Figures = ReturnType<typeof figuresOf>

export function figuresOf(statistics: Statistics | undefined, minutes: number) {
  const { SummaryStatistics: summary, ResponseTimeHistogram: histogram = [] } = statistics ?? {}
  const total = summary?.TotalCount ?? 0
  const share = (part = 0) => (total === 0 ? 0 : part / total)
  return {
    total,
    perMinute: total / minutes,
    errors: share(summary?.ErrorStatistics.TotalCount),
    faults: share(summary?.FaultStatistics.TotalCount),
    p50: percentile(histogram, 0.5),
    p95: percentile(histogram, 0.95),
    p99: percentile(histogram, 0.99),
  }
}

/** A percentile in ms, from a histogram in seconds. */
function percentile(histogram: readonly Bucket[], share: number): number {
  const sorted = histogram.toSorted((a, b) => a.Value - b.Value)
  const total = sorted.reduce((sum, { Count }) => sum + Count, 0)
  let seen = 0
  for (const { Value, Count } of sorted) {
    seen += Count
    if (seen >= share * total) return Value * 1_000
  }
  return 0
}

/** Size of a service on the map. Pixels. */
export const NODE_WIDTH = 212
export const NODE_HEIGHT = 78
/** Only the busiest services are drawn; the table has all. */
export const MAX_NODES = 80
/** A map up to this width is scaled to the page; a wider one scrolls, so that it stays legible. Pixels. */
export const MAX_FITTED_WIDTH = 1_700
