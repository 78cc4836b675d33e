import { z } from 'zod'
import type { Span } from '../../contracts/sandbox/trace.ts'
import type { SeenSpan } from '../../workshop/evidence.ts'

const Attributes = z.record(z.string(), z.unknown())

/** A span of Honeycomb's, as the sandbox answers it. */
export function seenSpan(span: Span): SeenSpan {
  const status = numberOf(span.attributes['http.response.status_code'])
  return {
    id: span.spanId,
    parentId: span.parentSpanId || undefined,
    name: span.name,
    service: span.service,
    isServer: span.kind === 'SERVER',
    startMs: Number(BigInt(span.startTimeUnixNano) / 1_000n) / 1_000,
    durationMs: span.durationMs,
    isError: span.status.code === 'ERROR' || (status ?? 0) >= 500,
    status,
    statement: textOf(span.attributes['db.query.text']),
    attributes: span.attributes,
    exceptions: span.events.flatMap(({ name, attributes }) =>
      name === 'exception' ? (textOf(attributes['exception.type']) ?? []) : [],
    ),
    sdk: undefined,
  }
}

interface Subsegment extends z.output<typeof Common> {
  readonly subsegments?: readonly Subsegment[] | undefined
}

const Common = z.object({
  id: z.string(),
  parent_id: z.string().optional(),
  name: z.string(),
  start_time: z.number(),
  end_time: z.number().optional(),
  fault: z.boolean().optional(),
  http: z
    .object({
      request: Attributes.optional(),
      response: z.object({ status: z.number().optional() }).optional(),
    })
    .optional(),
  sql: z.object({ sanitized_query: z.string().optional() }).optional(),
  annotations: Attributes.default({}),
  metadata: z.record(z.string(), z.unknown()).default({}),
  // Or the id of an exception that another segment has.
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

/** The segments of a trace, and their subsegments, as X-Ray gives them back: JSON texts or what they mean. */
export function readSegments(documents: readonly unknown[]): SeenSpan[] {
  return documents.flatMap((document) => {
    const { data } = SegmentDocument.safeParse(document)
    if (!data) return []
    const service = data.name
    const isSegment = data.type !== 'subsegment'
    const own = toSpan(data, service, data.parent_id, isSegment && data.http?.request !== undefined)
    return [{ ...own, sdk: data.aws?.xray?.sdk }, ...below(data.subsegments, service, data.id)]
  })
}

function below(
  subsegments: readonly Subsegment[] | undefined,
  service: string,
  parentId: string,
): SeenSpan[] {
  return (subsegments ?? []).flatMap((one) => [
    toSpan(one, service, parentId, false),
    ...below(one.subsegments, service, one.id),
  ])
}

function toSpan(
  document: z.output<typeof Common>,
  service: string,
  parentId: string | undefined,
  isServer: boolean,
): SeenSpan {
  const { start_time: startS, end_time: endS = startS, cause, http } = document
  // Where the X-Ray SDK writes it, every attribute that is no annotation.
  const { span_name: spanName, ...otel } = Attributes.safeParse(document.metadata.otel).data ?? {}
  return {
    id: document.id,
    parentId,
    name: textOf(spanName) ?? document.name,
    service,
    isServer,
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

/** Told by the document's own field, and so by no attribute. */
function pathOf(url: unknown): Record<string, string> {
  return typeof url === 'string' && URL.canParse(url) ? { 'url.path': new URL(url).pathname } : {}
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined
}
