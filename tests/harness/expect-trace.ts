import { expect } from 'vitest'
import type { Span } from '../../contracts/sandbox/trace.ts'
import type { StoredSegment, StoredTrace } from './stored-trace.ts'
import type { TestWorkspace } from './workspace.ts'

const ARRIVED_MS = 10_000

/** What a span and a segment or subsegment have in common. */
interface Node {
  readonly id: string
  readonly parentId: string | undefined
  /** Epoch seconds. */
  readonly startS: number
  /** `cruddur-backend: GET /api/activities/home 200`. */
  readonly line: string
}

/**
 * Waits until Honeycomb's store and X-Ray's contain this tree of a trace, with the same ids, and returns the trace. The
 * tree has a line per span and two spaces per level: `service: name status`; for a query, `service: name {first word}`.
 * A failure shows the tree that arrived instead.
 */
export async function expectTrace(
  workspace: Pick<TestWorkspace, 'trace' | 'logs'>,
  traceId: string,
  tree: string,
): Promise<StoredTrace> {
  const expected = unindent(tree)
  let stored: StoredTrace | undefined
  const trees = async () => {
    stored = await workspace.trace(traceId)
    const spans = stored.honeycomb.spans.map(nodeOfSpan)
    const records = stored.xray.segments.flatMap((segment) => nodesOfSegment(segment))
    return { honeycomb: draw(spans), xray: draw(records), differing: differingEdges(spans, records) }
  }
  await expect
    .poll(trees, { timeout: ARRIVED_MS, message: `trace ${traceId}\n${workspace.logs()}` })
    .toEqual({ honeycomb: expected, xray: expected, differing: [] })
  return stored as StoredTrace
}

function nodeOfSpan({ spanId, parentSpanId, name, service, startTimeUnixNano, attributes }: Span): Node {
  const { 'http.response.status_code': status, 'db.query.text': query } = attributes
  const startS = Number(BigInt(startTimeUnixNano) / 1_000n) / 1e6
  return {
    id: spanId,
    parentId: parentSpanId || undefined,
    startS,
    line: lineOf(service, name, status, query),
  }
}

/** A segment and all its subsegments. A subsegment has no service and gets its parent's. */
function nodesOfSegment(record: StoredSegment, parent?: { id: string; service: string }): Node[] {
  const service = parent?.service ?? serviceOf(record)
  // `otel` is the metadata of pipeline `sdk`, `default` that of spans which the sandbox received as OTLP.
  const name = record.metadata?.otel?.span_name ?? record.metadata?.default?.span_name
  const line = lineOf(service, String(name), record.http?.response?.status, record.sql?.sanitized_query)
  const node = { id: record.id, parentId: parent?.id ?? record.parent_id, startS: record.start_time, line }
  const children = record.subsegments ?? []
  return [node, ...children.flatMap((child) => nodesOfSegment(child, { id: record.id, service }))]
}

function serviceOf({ name, metadata }: StoredSegment): string {
  return String(metadata?.resource?.['service.name'] ?? metadata?.otel?.resource?.['service.name'] ?? name)
}

function lineOf(service: string, name: string, status: unknown, query: unknown): string {
  const sql = typeof query === 'string' ? ` {${query.trim().split(/\s/, 1)[0]}}` : ''
  return `${service}: ${name}${status === undefined ? '' : ` ${status}`}${sql}`
}

function draw(nodes: readonly Node[]): string {
  const ids = new Set(nodes.map(({ id }) => id))
  const below = (parentId: string | undefined, depth: number): string[] =>
    nodes
      .filter((node) => (ids.has(node.parentId ?? '') ? node.parentId : undefined) === parentId)
      .toSorted((a, b) => a.startS - b.startS)
      .flatMap(({ id, line }) => [`${'  '.repeat(depth)}${line}`, ...below(id, depth + 1)])
  return below(undefined, 0).join('\n')
}

function differingEdges(spans: readonly Node[], records: readonly Node[]): string[] {
  const edges = (nodes: readonly Node[]) => new Set(nodes.map(({ id, parentId }) => `${parentId} → ${id}`))
  return [...edges(spans).symmetricDifference(edges(records))]
}

/** Removes the indentation that all lines share. */
function unindent(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  const indent = Math.min(...lines.map((line) => line.search(/\S/)))
  return lines.map((line) => line.slice(indent)).join('\n')
}

/** The tree of `GET /api/activities/home`. */
export const HOME_TIMELINE = `
  cruddur-backend: GET /api/activities/home 200
    cruddur-backend: home-activities
      cruddur-backend: SELECT cruddur {select}
      cruddur-backend: GET /api/profiles 200
        cruddur-backend-profiles: GET /api/profiles 200
`
