import { z } from 'zod'
import { toXRayTraceId } from '../../trace/id.ts'
import type { Route } from '../http/router.ts'
import type { Store } from '../store/store.ts'
import { checkRange, NO_TOKEN, TIME_RANGE } from './common-input.ts'
import { invalidRequest, XRayError } from './error.ts'
import { mergeDocuments } from './merge-documents.ts'
import { operation } from './operation.ts'
import { createRetrievals, type Retrieval } from './retrievals.ts'
import { seconds } from './segments.ts'
import { serviceGraph } from './service-graph.ts'
import { assembleTrace } from './trace.ts'
import type { TransactionSearch } from './transaction-search.ts'

const MAX_TRACE_IDS = 100
/** There is one, and none can be made. */
const RULE_NAME = 'Default'

const TOKEN = z.object({ RetrievalToken: z.string().min(1).max(1020) })

/** AWS gives back five traces a page. */
const TRACES_PER_PAGE = 5

/** The destination of segments, indexing rules, and retrievals of traces that are not indexed: complete at once. */
export function transactionSearchRoutes(store: Store, search: TransactionSearch): Route[] {
  const retrievals = createRetrievals()
  const find = (token: string) => {
    const retrieval = retrievals.find(token)
    if (!retrieval) throw notFound(`Retrieval ${token}`)
    return retrieval
  }
  const read = ({ traceIds, startS, endS, isCancelled }: Retrieval) =>
    (isCancelled ? [] : traceIds).flatMap((traceId) => {
      const stored = search.destination() === 'CloudWatchLogs' ? store.segments.ofTrace(traceId) : []
      const trace = assembleTrace(traceId, stored)
      return trace && trace.startS >= startS && trace.startS <= endS ? [{ trace, stored }] : []
    })
  const statusOf = ({ isCancelled }: Retrieval) => (isCancelled ? 'CANCELLED' : 'COMPLETE')
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
        return { RetrievalToken: retrievals.start(TraceIds, StartTime, EndTime) }
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
        const from = readPage(NextToken)
        const next = from + TRACES_PER_PAGE
        return {
          RetrievalStatus: statusOf(retrieval),
          TraceFormat,
          ...(next < traces.length && { NextToken: String(next) }),
          Traces: traces.slice(from, next).map(({ trace, stored }) => ({
            Id: toXRayTraceId(trace.traceId),
            Duration: seconds(trace.durationS),
            Spans: mergeDocuments(stored).map(({ id, document }) => ({ Id: id, Document: document })),
          })),
        }
      },
    ),

    operation('/GetRetrievedTracesGraph', TOKEN.extend({ NextToken: NO_TOKEN }), ({ RetrievalToken }) => ({
      RetrievalStatus: statusOf(find(RetrievalToken)),
      Services: serviceGraph(read(find(RetrievalToken)).map(({ trace }) => trace)).map((service) => ({
        Service: service,
        Links: [],
      })),
    })),

    operation('/CancelTraceRetrieval', TOKEN, ({ RetrievalToken }) => {
      find(RetrievalToken).isCancelled = true
      return {}
    }),
  ]
}

/** Where a page of traces begins. Throws for what is no such place. */
function readPage(token: string | undefined): number {
  const offset = Number(token ?? '0')
  if (Number.isInteger(offset) && offset >= 0) return offset
  throw invalidRequest('Invalid NextToken')
}

function notFound(what: string): XRayError {
  return new XRayError('ResourceNotFoundException', `${what} not found`)
}
