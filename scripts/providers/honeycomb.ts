import { z } from 'zod'
import type { SpanEvidence } from '../../contracts/evidence.ts'
import { honeycombAuthSchema, honeycombUi } from '../../contracts/honeycomb-auth.ts'
import type { Span } from '../../contracts/sandbox/trace.ts'
import { datasetSlug, honeycombTraceUrl, type TraceTime } from '../../contracts/trace-links.ts'
import type { HoneycombTarget } from '../../settings/providers.ts'
import { readProvider } from '../machine/http-json.ts'

/**
 * A span as the sandbox stores it for Honeycomb. Honeycomb itself lets only Enterprise teams read spans back
 * (https://api-docs.honeycomb.io/api/query-data), so its best evidence is `accepted`.
 */
export function toSpanEvidence(span: Span): SpanEvidence {
  const status = numberOf(span.attributes['http.response.status_code'])
  return {
    id: span.spanId,
    foundIn: ['honeycomb'],
    parentId: span.parentSpanId || undefined,
    name: span.name,
    service: span.service,
    isServer: span.kind === 'SERVER',
    isCall: span.kind === 'CLIENT' && span.attributes['db.query.text'] === undefined,
    isSegment: false,
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

/** Source: https://api-docs.honeycomb.io/api/datasets */
const Dataset = z.object({ last_written_at: z.iso.datetime({ offset: true }) })

/**
 * When a dataset was last written to, epoch milliseconds; it says nothing of one trace. Undefined for a key that may
 * not manage datasets.
 */
export async function lastWrittenMs(target: HoneycombTarget, dataset: string): Promise<number | undefined> {
  const answer = await readProvider(...requestTo(target, `/1/datasets/${datasetSlug(dataset)}`))
  const { data } = Dataset.safeParse(answer)
  return data && Date.parse(data.last_written_at)
}

/** The page of a trace at a live Honeycomb; undefined where the key does not say whose it is. */
export async function liveTraceUrl(
  target: HoneycombTarget,
  dataset: string,
  traceId: string,
  time: TraceTime,
): Promise<string | undefined> {
  const owner = honeycombAuthSchema.safeParse(await readProvider(...requestTo(target, '/1/auth'))).data
  if (!owner) return undefined
  const ui = honeycombUi(target.apiEndpoint)
  const place = { ui, team: owner.team.slug, environment: owner.environment.slug, dataset }
  return honeycombTraceUrl(place, traceId, time)
}

function requestTo({ apiEndpoint, apiKey }: HoneycombTarget, path: string) {
  return [`${apiEndpoint}${path}`, { 'X-Honeycomb-Team': apiKey }] as const
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined
}
