import type { TracesJson } from '../../tests/harness/otlp-json.ts'
import type { Candidate } from '../questions/candidate.ts'
import { BATCH_SPANS, createTelemetry, encode } from '../questions/telemetry.ts'

/** Documents that PutTraceSegments takes at once. */
const SEGMENTS_PER_CALL = 50
/** Spans of each generated request, of which only the root is sent. */
const GENERATED_SPANS = 4

/** Sends so many requests, each of one span, half of them with a segment too: the most traces that the store's bounds allow. */
export async function fillWithTraces(sandbox: Candidate, traces: number, endMs: number): Promise<void> {
  const telemetry = createTelemetry(1, endMs, traces * GENERATED_SPANS)
  let sent = 0
  let documents: string[] = []
  while (sent < traces) {
    const request = rootsOf(telemetry.next(BATCH_SPANS * GENERATED_SPANS).request, traces - sent)
    const roots = spansOf(request)
    await sandbox.sendEncoded([encode(request)])
    for (const [index, root] of roots.entries()) if ((sent + index) % 2 === 0) documents.push(segmentOf(root))
    sent += roots.length
    while (documents.length >= SEGMENTS_PER_CALL || (sent >= traces && documents.length > 0)) {
      await sandbox.sendSegments(documents.slice(0, SEGMENTS_PER_CALL))
      documents = documents.slice(SEGMENTS_PER_CALL)
    }
  }
}

type Root = ReturnType<typeof spansOf>[number]

function spansOf(request: TracesJson) {
  return request.resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans))
}

function rootsOf(request: TracesJson, most: number): TracesJson {
  return {
    resourceSpans: request.resourceSpans.map((ofResource) => ({
      ...ofResource,
      scopeSpans: ofResource.scopeSpans.map((ofScope) => ({
        ...ofScope,
        spans: ofScope.spans.filter(({ parentSpanId }) => !parentSpanId).slice(0, most),
      })),
    })),
  }
}

function segmentOf({ traceId, spanId, startTimeUnixNano, endTimeUnixNano, attributes }: Root): string {
  const annotations = (attributes ?? []).map(({ key, value }) => [
    key.replaceAll(/\W/g, '_'),
    Object.values(value ?? {})[0],
  ])
  return JSON.stringify({
    name: 'cruddur-backend',
    id: spanId,
    trace_id: `1-${traceId.slice(0, 8)}-${traceId.slice(8)}`,
    start_time: Number(startTimeUnixNano) / 1e9,
    end_time: Number(endTimeUnixNano) / 1e9,
    http: {
      request: { method: 'GET', url: 'http://127.0.0.1:4567/api/activities/home' },
      response: { status: 200 },
    },
    annotations: Object.fromEntries(annotations),
    metadata: { default: { runtime: 'node', tags: ['sample', 'bench'] } },
  })
}
