/** X-Ray's service graph, as GetServiceGraph answers it: https://docs.aws.amazon.com/xray/latest/api/API_Service.html */
export interface ServiceGraph {
  readonly Services: readonly GraphService[]
}

export interface Bucket {
  readonly Value: number
  readonly Count: number
}

export interface Summary {
  readonly OkCount: number
  readonly ErrorStatistics: { readonly TotalCount: number; readonly ThrottleCount: number }
  readonly FaultStatistics: { readonly TotalCount: number }
  readonly TotalCount: number
  readonly TotalResponseTime: number
}

export interface GraphService {
  readonly ReferenceId: number
  readonly Name: string
  readonly Type?: string
  readonly Root?: boolean
  readonly Edges: readonly GraphEdge[]
  readonly SummaryStatistics?: Summary
  readonly ResponseTimeHistogram?: readonly Bucket[]
}

export interface GraphEdge {
  readonly ReferenceId: number
  readonly SummaryStatistics: Summary
  readonly ResponseTimeHistogram: readonly Bucket[]
}

/** The requests of a node or an edge. Rates are shares of all requests; times are in ms. */
export interface Figures {
  readonly total: number
  readonly perMinute: number
  readonly errors: number
  readonly faults: number
  readonly p50: number
  readonly p95: number
  readonly p99: number
}

export function figuresOf(
  summary: Summary | undefined,
  histogram: readonly Bucket[] | undefined,
  minutes: number,
): Figures {
  const total = summary?.TotalCount ?? 0
  const share = (part = 0) => (total === 0 ? 0 : part / total)
  return {
    total,
    perMinute: total / minutes,
    errors: share(summary?.ErrorStatistics.TotalCount),
    faults: share(summary?.FaultStatistics.TotalCount),
    p50: percentile(histogram ?? [], 0.5),
    p95: percentile(histogram ?? [], 0.95),
    p99: percentile(histogram ?? [], 0.99),
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
