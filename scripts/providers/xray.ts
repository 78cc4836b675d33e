import {
  BatchGetTracesCommand,
  GetTraceSegmentDestinationCommand,
  ListRetrievedTracesCommand,
  StartTraceRetrievalCommand,
  type XRayClient,
} from '@aws-sdk/client-xray'
import { z } from 'zod'
import type { SpanEvidence } from '../../contracts/evidence.ts'
import { toXRayTraceId } from '../../contracts/trace-id.ts'
import { poll } from '../machine/poll.ts'

/** A retrieval is a query of a log group, which takes seconds. */
const RETRIEVED_MS = 10_000
const RETRIEVAL_POLL_MS = 500
/** How far back a retrieval searches: the trace is new. */
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
  const known = destinations.get(client)
  if (known) return known
  const asked = client.send(new GetTraceSegmentDestinationCommand({})).then(
    ({ Destination }) => Destination === 'CloudWatchLogs',
    () => false,
  )
  destinations.set(client, asked)
  return asked
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

const Fields = z.record(z.string(), z.unknown())

interface Subsegment extends z.output<typeof Common> {
  readonly subsegments?: readonly Subsegment[] | undefined
}

const Common = z.object({
  id: z.string(),
  parent_id: z.string().optional(),
  name: z.string(),
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
  /** A string is the id of an exception in another segment. */
  cause: z
    .union([
      z.object({ exceptions: z.array(z.object({ type: z.string().optional() })).default([]) }),
      z.string(),
    ])
    .optional(),
})

const SubsegmentDocument: z.ZodType<Subsegment> = Common.extend({
  get subsegments() {
    return z.array(SubsegmentDocument).optional()
  },
})

const SegmentDocument = Common.extend({
  type: z.string().optional(),
  aws: z.object({ xray: z.object({ sdk: z.string().optional() }).optional() }).optional(),
  subsegments: z.array(SubsegmentDocument).optional(),
})

/**
 * The segments and subsegments in a trace's documents.
 *
 * Source: https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html
 */
export function parseDocuments(documents: readonly unknown[]): SpanEvidence[] {
  return documents.flatMap((document) => {
    const { data } = SegmentDocument.safeParse(document)
    if (!data) return []
    const isSegment = data.type !== 'subsegment'
    const own = toSpan(data, data.name, data.parent_id)
    return [
      {
        ...own,
        isSegment,
        isServer: isSegment && data.http?.request !== undefined,
        sdk: data.aws?.xray?.sdk,
      },
      ...below(data.subsegments, data.name, data.id),
    ]
  })
}

function below(subsegments: readonly Subsegment[] = [], service: string, parentId: string): SpanEvidence[] {
  return subsegments.flatMap((one) => [
    toSpan(one, service, parentId),
    ...below(one.subsegments, service, one.id),
  ])
}

function toSpan(
  document: z.output<typeof Common>,
  service: string,
  parentId: string | undefined,
): SpanEvidence {
  const { start_time: startS, end_time: endS = startS, cause, http } = document
  // The X-Ray SDK's pipeline writes every attribute that is no annotation there.
  const { span_name: spanName, ...otel } = Fields.safeParse(document.metadata.otel).data ?? {}
  return {
    id: document.id,
    parentId,
    name: typeof spanName === 'string' ? spanName : document.name,
    service,
    isServer: false,
    isSegment: false,
    startMs: startS * 1_000,
    durationMs: (endS - startS) * 1_000,
    isError: document.fault ?? false,
    status: http?.response?.status,
    statement: document.sql?.sanitized_query,
    attributes: { ...otel, ...document.annotations, ...pathOf(http?.request?.url) },
    exceptions: typeof cause === 'object' ? cause.exceptions.flatMap(({ type }) => type ?? []) : [],
    sdk: undefined,
  }
}

/** The document has the path in a field of its own, so no attribute repeats it. */
function pathOf(url: unknown): Record<string, string> {
  return typeof url === 'string' && URL.canParse(url) ? { 'url.path': new URL(url).pathname } : {}
}
