import {
  BatchGetTracesCommand,
  GetSamplingStatisticSummariesCommand,
  GetTraceSegmentDestinationCommand,
  ListRetrievedTracesCommand,
  StartTraceRetrievalCommand,
  type XRayClient,
} from '@aws-sdk/client-xray'
import { z } from 'zod'
import type { SpanEvidence } from '../../contracts/evidence.ts'
import { toXRayTraceId } from '../../contracts/trace-id.ts'
import { poll } from '../machine/poll.ts'

/** How long a retrieval may take. It is a query of a log group, which takes seconds. */
const RETRIEVED_MS = 10_000
const RETRIEVAL_POLL_MS = 500
/** How far back a retrieval searches, which is enough for a new trace. */
const RETRIEVAL_RANGE_MS = 15 * 60_000
const UNDER_WAY = new Set<string | undefined>(['SCHEDULED', 'RUNNING'])

/** Reads a trace's documents back through X-Ray's own API: AWS's, or the sandbox's. Throws AWS's errors. */
export async function readDocuments(client: XRayClient, traceId: string): Promise<unknown[]> {
  const id = toXRayTraceId(traceId)
  const answer = await client.send(new BatchGetTracesCommand({ TraceIds: [id] }))
  const indexed = answer.Traces?.[0]?.Segments
  const found = indexed ?? ((await isInCloudWatch(client)) ? await retrieveSegments(client, id) : [])
  return found.flatMap(({ Document: text }) => (text === undefined ? [] : parseJson(text)))
}

/** One answer per client: an account keeps its destination while a command waits for a trace. */
const destinations = new WeakMap<XRayClient, Promise<boolean>>()

/**
 * Whether the account has Transaction Search, which keeps segments in CloudWatch and indexes only a share of the
 * traces. No permission to ask counts as no: the trace may be indexed all the same.
 */
function isInCloudWatch(client: XRayClient): Promise<boolean> {
  const ask = () =>
    client.send(new GetTraceSegmentDestinationCommand({})).then(
      ({ Destination }) => Destination === 'CloudWatchLogs',
      () => false,
    )
  const destination = destinations.get(client) ?? ask()
  destinations.set(client, destination)
  return destination
}

/**
 * The documents of a trace (X-Ray's notation) that is not indexed; none while it has not arrived.
 *
 * Source: https://docs.aws.amazon.com/xray/latest/api/API_StartTraceRetrieval.html
 */
async function retrieveSegments(
  client: XRayClient,
  id: string,
): Promise<{ readonly Document?: string | undefined }[]> {
  const now = Date.now()
  const { RetrievalToken } = await client.send(
    new StartTraceRetrievalCommand({
      TraceIds: [id],
      StartTime: new Date(now - RETRIEVAL_RANGE_MS),
      EndTime: new Date(now),
    }),
  )
  const done = await poll(
    async () => {
      const answer = await client.send(
        new ListRetrievedTracesCommand({ RetrievalToken, TraceFormat: 'XRAY' }),
      )
      return UNDER_WAY.has(answer.RetrievalStatus) ? undefined : answer
    },
    { deadlineMs: RETRIEVED_MS, everyMs: RETRIEVAL_POLL_MS },
  )
  return done?.Traces?.flatMap(({ Spans = [] }) => Spans) ?? []
}

function parseJson(text: string): unknown[] {
  try {
    return [JSON.parse(text)]
  } catch {
    return []
  }
}

/** How many requests these sampling rules have decided on lately, and how many of them they kept. */
export async function readSamplingCounts(
  client: XRayClient,
  names: ReadonlySet<string | undefined>,
): Promise<{ readonly requests: number; readonly sampled: number }> {
  const { SamplingStatisticSummaries = [] } = await client.send(new GetSamplingStatisticSummariesCommand({}))
  const counts = SamplingStatisticSummaries.filter(({ RuleName }) => names.has(RuleName))
  return {
    requests: counts.reduce((sum, { RequestCount = 0 }) => sum + RequestCount, 0),
    sampled: counts.reduce((sum, { SampledCount = 0 }) => sum + SampledCount, 0),
  }
}

const Fields = z.record(z.string(), z.unknown())

/** A segment or a subsegment. A subsegment may also be sent as a separate document. */
const Document = z.object({
  id: z.string(),
  parent_id: z.string().optional(),
  name: z.string(),
  /** `subsegment`, in a subsegment's separate document. */
  type: z.string().optional(),
  /** Of a call: `aws` for AWS's own services, `remote` for any other. */
  namespace: z.string().optional(),
  /** Epoch seconds. */
  start_time: z.number(),
  /** Absent while in progress. */
  end_time: z.number().optional(),
  fault: z.boolean().optional(),
  http: z
    .object({
      request: Fields.optional(),
      response: z.object({ status: z.number().optional() }).optional(),
    })
    .optional(),
  sql: z.object({ sanitized_query: z.string().optional() }).optional(),
  annotations: Fields.default({}),
  metadata: Fields.default({}),
  aws: z.object({ xray: z.object({ sdk: z.string().optional() }).optional() }).optional(),
  /** A string is the id of an exception in another segment. */
  cause: z
    .union([
      z.object({ exceptions: z.array(z.object({ type: z.string().optional() })).default([]) }),
      z.string(),
    ])
    .optional(),
  get subsegments() {
    return z.array(Document).default([])
  },
})
type Document = z.output<typeof Document>

/**
 * The segments and subsegments in a trace's documents.
 *
 * Source: https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html
 */
export function parseDocuments(documents: readonly unknown[]): SpanEvidence[] {
  return documents.flatMap((document) => {
    const { data } = Document.safeParse(document)
    return data ? toSpans(data, data.name, data.parent_id, data.type !== 'subsegment') : []
  })
}

/** The document's own span, and those of its subsegments. */
function toSpans(
  document: Document,
  service: string,
  parentId: string | undefined,
  isSegment: boolean,
): SpanEvidence[] {
  const { start_time: startS, end_time: endS = startS, cause, http, subsegments } = document
  // The X-Ray SDK's pipeline writes every attribute that is no annotation there.
  const { span_name: spanName, ...otel } = Fields.safeParse(document.metadata.otel).data ?? {}
  const span: SpanEvidence = {
    id: document.id,
    foundIn: ['xray'],
    parentId,
    name: typeof spanName === 'string' ? spanName : document.name,
    service,
    isServer: isSegment && http?.request !== undefined,
    isCall: document.namespace !== undefined && document.sql === undefined,
    isSegment,
    startMs: startS * 1_000,
    durationMs: (endS - startS) * 1_000,
    isError: document.fault ?? false,
    status: http?.response?.status,
    statement: document.sql?.sanitized_query,
    attributes: { ...otel, ...document.annotations, ...pathOf(http?.request?.url) },
    exceptions: typeof cause === 'object' ? cause.exceptions.flatMap(({ type }) => type ?? []) : [],
    sdk: document.aws?.xray?.sdk,
  }
  return [span, ...subsegments.flatMap((one) => toSpans(one, service, document.id, false))]
}

/** `url.path` as an attribute: the document has only the URL, in another field. */
function pathOf(url: unknown): Record<string, string> {
  return typeof url === 'string' && URL.canParse(url) ? { 'url.path': new URL(url).pathname } : {}
}
