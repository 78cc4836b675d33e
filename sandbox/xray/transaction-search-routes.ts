import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { parseTraceId, toXRayTraceId } from '../../contracts/trace-id.ts'
import type { Route } from '../http/router.ts'
import type { Store } from '../store/store.ts'
import { mergeDocuments } from './merge-documents.ts'
import { checkRange, invalidRequest, NO_TOKEN, operation, TIME_RANGE, XRayError } from './operation.ts'
import { seconds } from './segments.ts'
import { serviceGraph } from './service-graph.ts'
import { assembleTrace } from './trace.ts'
import type { TransactionSearch } from './transaction-search.ts'

const MAX_TRACE_IDS = 100
/** The only rule. Rules cannot be created. */
const RULE_NAME = 'Default'

/** Source: TraceSpanList, of X-Ray's service model. */
const TRACES_PER_PAGE = 5

const TOKEN = z.object({ RetrievalToken: z.string().min(1).max(1020) })

/**
 * The operations for the destination of segments, for indexing rules, and for retrievals of traces that are not indexed.
 * A retrieval is complete at once, unless it is cancelled.
 */
export function transactionSearchRoutes(store: Store, search: TransactionSearch): Route[] {
  const retrievals = createRetrievals()
  const find = (token: string): Retrieval => {
    const retrieval = retrievals.find(token)
    if (!retrieval) throw notFound(`Retrieval ${token}`)
    return retrieval
  }
  const statusOf = ({ isCancelled }: Retrieval) => (isCancelled ? 'CANCELLED' : 'COMPLETE')
  const read = ({ traceIds, fromS, toS, isCancelled }: Retrieval) =>
    isCancelled
      ? []
      : traceIds.flatMap((traceId) => {
          const trace =
            search.isInLogGroup(traceId) && assembleTrace(traceId, store.segments.ofTrace(traceId))
          if (!trace || trace.startS > toS || trace.startS + trace.durationS < fromS) return []
          return [{ trace, stored: store.segments.ofTrace(traceId) }]
        })
  const rule = () => ({
    Name: RULE_NAME,
    ModifiedAt: search.modifiedS(),
    Rule: {
      Probabilistic: {
        DesiredSamplingPercentage: search.percentage(),
        ActualSamplingPercentage: search.percentage(),
      },
    },
  })
  return [
    operation('/GetTraceSegmentDestination', z.object({}), () => ({
      Destination: search.destination(),
      Status: 'ACTIVE',
    })),

    operation(
      '/UpdateTraceSegmentDestination',
      z.object({ Destination: z.enum(['XRay', 'CloudWatchLogs']) }),
      async ({ Destination }) => {
        await search.setDestination(Destination)
        return { Destination, Status: 'PENDING' }
      },
    ),

    operation('/GetIndexingRules', z.object({ NextToken: NO_TOKEN }), () => ({
      IndexingRules: [rule()],
    })),

    operation(
      '/UpdateIndexingRule',
      z.object({
        Name: z.string(),
        Rule: z.object({
          Probabilistic: z.object({ DesiredSamplingPercentage: z.number().min(0).max(100) }),
        }),
      }),
      async ({ Name, Rule }) => {
        if (Name !== RULE_NAME) throw notFound(`Indexing rule ${Name}`)
        await search.setPercentage(Rule.Probabilistic.DesiredSamplingPercentage, Date.now() / 1000)
        return { IndexingRule: rule() }
      },
    ),

    operation(
      '/StartTraceRetrieval',
      TIME_RANGE.extend({
        TraceIds: z.array(z.string().min(1).max(35)).min(1).max(MAX_TRACE_IDS),
      }),
      ({ TraceIds, StartTime, EndTime }) => {
        checkRange({ StartTime, EndTime })
        const traceIds = new Set(TraceIds.flatMap((id) => parseTraceId(id) ?? []))
        return { RetrievalToken: retrievals.start([...traceIds], StartTime, EndTime) }
      },
    ),

    operation(
      '/ListRetrievedTraces',
      TOKEN.extend({
        TraceFormat: z.enum(['XRAY', 'OTEL']).default('XRAY'),
        NextToken: z.string().optional(),
      }),
      ({ RetrievalToken, TraceFormat, NextToken }) => {
        if (TraceFormat === 'OTEL')
          throw invalidRequest('The sandbox keeps X-Ray’s segments: TraceFormat XRAY')
        const retrieval = find(RetrievalToken)
        const traces = read(retrieval)
        const pages = Math.ceil(traces.length / TRACES_PER_PAGE)
        const page = pageOf(NextToken, pages)
        const ofPage = traces.slice(page * TRACES_PER_PAGE, (page + 1) * TRACES_PER_PAGE)
        return {
          RetrievalStatus: statusOf(retrieval),
          TraceFormat,
          ...(page + 1 < pages ? { NextToken: String(page + 1) } : {}),
          Traces: ofPage.map(({ trace, stored }) => ({
            Id: toXRayTraceId(trace.traceId),
            Duration: seconds(trace.durationS),
            Spans: mergeDocuments(stored).map(({ id, document }) => ({ Id: id, Document: document })),
          })),
        }
      },
    ),

    operation('/GetRetrievedTracesGraph', TOKEN.extend({ NextToken: NO_TOKEN }), ({ RetrievalToken }) => {
      const retrieval = find(RetrievalToken)
      return {
        RetrievalStatus: statusOf(retrieval),
        Services: serviceGraph(read(retrieval).map(({ trace }) => trace)).map((service) => ({
          Service: service,
          Links: [],
        })),
      }
    }),

    operation('/CancelTraceRetrieval', TOKEN, ({ RetrievalToken }) => {
      find(RetrievalToken)
      retrievals.cancel(RetrievalToken)
      return {}
    }),
  ]
}

/** The number of the page in a token. */
function pageOf(token: string | undefined, pages: number): number {
  const page = token === undefined ? 0 : Number(token)
  if (token === undefined || (/^[1-9]\d{0,2}$/.test(token) && page < pages)) return page
  throw invalidRequest('Invalid NextToken')
}

function notFound(what: string): XRayError {
  return new XRayError('ResourceNotFoundException', `${what} not found`)
}

/** How long a retrieval is known. Source: API_StartTraceRetrieval. */
const LIFETIME_MS = 60 * 60_000
/** Beyond this the oldest are forgotten. With 100 ids each, they take a few MB. */
const MAX_RETRIEVALS = 1_000

export interface Retrieval {
  /** 32 hex digits each. */
  readonly traceIds: readonly string[]
  /** Epoch seconds, both inclusive. */
  readonly fromS: number
  readonly toS: number
  readonly isCancelled: boolean
}

/** The account's retrievals by token, in memory. */
function createRetrievals(nowMs: () => number = Date.now) {
  const known = new Map<string, Retrieval & { readonly startedMs: number }>()
  const forget = () => {
    for (const [token, { startedMs }] of known) {
      if (known.size < MAX_RETRIEVALS && nowMs() - startedMs < LIFETIME_MS) return
      known.delete(token)
    }
  }
  return {
    /** Returns the token. */
    start(traceIds: readonly string[], fromS: number, toS: number): string {
      forget()
      const token = randomUUID()
      known.set(token, { traceIds, fromS, toS, isCancelled: false, startedMs: nowMs() })
      return token
    },
    find(token: string): Retrieval | undefined {
      const retrieval = known.get(token)
      return retrieval && nowMs() - retrieval.startedMs < LIFETIME_MS ? retrieval : undefined
    },
    cancel(token: string): void {
      const retrieval = known.get(token)
      if (retrieval) known.set(token, { ...retrieval, isCancelled: true })
    },
  }
}
