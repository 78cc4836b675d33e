import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { parseTraceId, toXRayTraceId } from '../../contracts/trace-id.ts'
import type { Route } from '../http/router.ts'
import type { Store } from '../store/store.ts'
import { mergeDocuments } from './merge-documents.ts'
import { checkRange, NO_TOKEN, operation, TIME_RANGE } from './operation.ts'
import { seconds } from './segments.ts'
import { serviceGraph } from './service-graph.ts'
import { assembleTrace } from './trace.ts'
import type { TransactionSearch } from './transaction-search.ts'
import { invalidRequest, XRayError } from './xray-error.ts'

const MAX_TRACE_IDS = 100
/** The only rule. Rules cannot be created. */
const RULE_NAME = 'Default'

/** Source: TraceSpanList, of X-Ray's service model. */
const TRACES_PER_PAGE = 5

/** How long a retrieval can be read. Source: API_StartTraceRetrieval. */
const LIFETIME_MS = 60 * 60_000
/** Beyond this the oldest are deleted. With 100 ids each, they take a few MB. */
const MAX_RETRIEVALS = 1_000

interface Retrieval {
  /** 32 hex digits each. */
  readonly traceIds: ReadonlySet<string>
  /** Epoch seconds, both inclusive. */
  readonly fromS: number
  readonly toS: number
  /** By `performance.now()`. */
  readonly startedMs: number
  isCancelled: boolean
}

/**
 * A key is named by its ARN only. Source: CloudWatchLogsConfiguration, of X-Ray's service model.
 */
const LOGS_CONFIGURATION = z.object({
  SpansLogGroupKmsKeyId: z
    .string()
    .min(1)
    .max(256)
    .regex(/^arn:[\w-]+:kms:[\w-]+:\d{12}:key\/[\w-]+$/, 'must be the ARN of a KMS key')
    .optional(),
})

const TOKEN = z.object({ RetrievalToken: z.string().max(1020) })

/**
 * The operations for the destination of segments, for indexing rules, and for retrievals of traces that are not indexed.
 * A retrieval is complete at once, unless it is cancelled.
 */
export function transactionSearchRoutes(store: Store, search: TransactionSearch): Route[] {
  /** By token, the oldest first. In memory only. */
  const retrievals = new Map<string, Retrieval>()
  const isExpired = ({ startedMs }: Retrieval) => performance.now() - startedMs >= LIFETIME_MS
  const find = (token: string): Retrieval => {
    const retrieval = retrievals.get(token)
    if (retrieval && !isExpired(retrieval)) return retrieval
    throw notFound(`Retrieval ${token}`)
  }
  const statusOf = ({ isCancelled }: Retrieval) => (isCancelled ? 'CANCELLED' : 'COMPLETE')
  const read = ({ traceIds, fromS, toS, isCancelled }: Retrieval) =>
    isCancelled
      ? []
      : [...traceIds].flatMap((traceId) => {
          const stored = search.isInLogGroup(traceId) ? store.segments.ofTrace(traceId) : []
          const trace = assembleTrace(traceId, stored)
          if (!trace || trace.startS > toS || trace.startS + trace.durationS < fromS) return []
          return [{ trace, stored }]
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
      z.object({
        Destination: z.enum(['XRay', 'CloudWatchLogs']),
        CloudWatchLogsConfiguration: LOGS_CONFIGURATION.optional(),
      }),
      async ({ Destination, CloudWatchLogsConfiguration: logs }) => {
        if (logs && Destination !== 'CloudWatchLogs') {
          throw invalidRequest(
            'CloudWatchLogsConfiguration can only be specified with the Destination CloudWatchLogs',
          )
        }
        if (logs?.SpansLogGroupKmsKeyId !== undefined && search.hasLogGroup()) {
          throw invalidRequest(
            'The log group aws/spans exists: a key can only be specified when X-Ray creates it',
          )
        }
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
        TraceIds: z.array(z.string().min(1).max(35)).max(MAX_TRACE_IDS),
      }),
      ({ TraceIds, StartTime, EndTime }) => {
        checkRange({ StartTime, EndTime })
        const traceIds = new Set(TraceIds.flatMap((id) => parseTraceId(id) ?? []))
        for (const [token, retrieval] of retrievals) {
          if (retrievals.size < MAX_RETRIEVALS && !isExpired(retrieval)) break
          retrievals.delete(token)
        }
        const RetrievalToken = randomUUID()
        const range = { fromS: StartTime, toS: EndTime, startedMs: performance.now() }
        retrievals.set(RetrievalToken, { traceIds, ...range, isCancelled: false })
        return { RetrievalToken }
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
          NextToken: page + 1 < pages ? String(page + 1) : undefined,
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
      find(RetrievalToken).isCancelled = true
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
