import { z } from 'zod'
import { parseTraceId, toXRayTraceId } from '../../trace/id.ts'
import type { Route } from '../http/router.ts'
import type { Store } from '../store/store.ts'
import { checkRange, NO_TOKEN, TIME_RANGE } from './common-input.ts'
import { invalidRequest, XRayError } from './error.ts'
import { mergeDocuments } from './merge-documents.ts'
import { operation } from './operation.ts'
import { seconds } from './segments.ts'
import { serviceGraph } from './service-graph.ts'
import { assembleTrace } from './trace.ts'
import type { TransactionSearch } from './transaction-search.ts'

const MAX_TRACE_IDS = 100
/** There is one, and none can be made. */
const RULE_NAME = 'Default'

const TOKEN = z.object({ RetrievalToken: z.string().min(1).max(1020) })

/**
 * The destination of segments, indexing rules, and retrievals of traces that are not indexed. A retrieval is complete
 * at once, and its token holds what it asks for, so that it survives a restart.
 */
export function transactionSearchRoutes(store: Store, search: TransactionSearch): Route[] {
  const read = (token: string) =>
    readToken(token).flatMap((traceId) => {
      const stored = search.destination() === 'CloudWatchLogs' ? store.segments.ofTrace(traceId) : []
      const trace = assembleTrace(traceId, stored)
      return trace ? [{ trace, stored }] : []
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
        return { RetrievalToken: writeToken(TraceIds) }
      },
    ),

    operation(
      '/ListRetrievedTraces',
      TOKEN.extend({
        TraceFormat: z.enum(['XRAY', 'OTEL']).default('XRAY'),
        NextToken: NO_TOKEN,
      }),
      ({ RetrievalToken, TraceFormat }) => {
        if (TraceFormat === 'OTEL')
          throw invalidRequest('The sandbox keeps X-Ray’s segments: TraceFormat XRAY')
        return {
          RetrievalStatus: 'COMPLETE',
          TraceFormat,
          Traces: read(RetrievalToken).map(({ trace, stored }) => ({
            Id: toXRayTraceId(trace.traceId),
            Duration: seconds(trace.durationS),
            Spans: mergeDocuments(stored).map(({ id, document }) => ({ Id: id, Document: document })),
          })),
        }
      },
    ),

    operation('/GetRetrievedTracesGraph', TOKEN.extend({ NextToken: NO_TOKEN }), ({ RetrievalToken }) => ({
      RetrievalStatus: 'COMPLETE',
      Services: serviceGraph(read(RetrievalToken).map(({ trace }) => trace)).map((service) => ({
        Service: service,
        Links: [],
      })),
    })),

    operation('/CancelTraceRetrieval', TOKEN, ({ RetrievalToken }) => {
      readToken(RetrievalToken)
      return {}
    }),
  ]
}

function writeToken(ids: readonly string[]): string {
  const traceIds = new Set(ids.flatMap((id) => parseTraceId(id) ?? []))
  return Buffer.from([...traceIds].join(''), 'hex').toString('base64url') || '-'
}

/** 16 bytes a trace id. */
function readToken(token: string): string[] {
  const hex = token === '-' ? '' : Buffer.from(token, 'base64url').toString('hex')
  const ids = hex.match(/.{32}/g) ?? []
  if (token !== writeToken(ids)) throw notFound(`Retrieval ${token}`)
  return ids
}

function notFound(what: string): XRayError {
  return new XRayError('ResourceNotFoundException', `${what} not found`)
}
