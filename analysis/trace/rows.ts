import type { LensLog, LensSegment, LensSpan, TraceLenses } from '../../contracts/sandbox/lenses.ts'
import { type RouteOf, routesOf } from './route-finder.ts'
import { type RowDetail, segmentDetail, spanDetail } from './row-detail.ts'
import type { RowLinks } from './row-links.ts'
import type { Run } from './runs.ts'

/** One line in the waterfall of one provider. Times in milliseconds on the trace's axis. */
export interface Row {
  /** Unique within its lens. */
  readonly key: string
  /** The id of the span or segment, the same at every provider. For a log record: the id of its span. Empty for a run. */
  readonly id: string
  readonly parentId: string
  readonly kind: 'span' | 'segment' | 'subsegment' | 'log' | 'run'
  readonly label: string
  readonly note: string
  readonly service: string
  readonly startMs: number
  readonly endMs: number
  readonly isError: boolean
  readonly isInProgress: boolean
  /** The span's events. */
  readonly marks: readonly { readonly atMs: number; readonly name: string }[]
  readonly log?: LensLog
  /** What a span or segment did. */
  readonly detail?: RowDetail
  /** The like siblings that the row stands for. */
  readonly run?: Run
}

/** The least severity number that OpenTelemetry calls ERROR. */
export const ERROR_SEVERITY = 17

export interface PlacedRow extends Row {
  readonly depth: number
  readonly hasChildren: boolean
  /** It has a parent that has not arrived. */
  readonly isOrphan: boolean
}

/** The selected record: the id of its span, and its own key (a row's key, or an occurrence's uuid). */
export interface Selection {
  readonly id: string
  readonly key: string
}

/** Whether a record is selected, or is of the selected span. A log record is selected only by its key. */
export function isSelected(
  { id, key }: Selection,
  record: Pick<Row, 'id' | 'key'> & { kind?: string },
): boolean {
  return record.key === key || (record.kind !== 'log' && id !== '' && record.id === id)
}

/** The index of the selected row, else of a row of the selected span, else -1. */
export function selectedIndex(rows: readonly Row[], selection: Selection): number {
  if (selection.key === '') return -1
  const index = rows.findIndex(({ key }) => key === selection.key)
  return index >= 0 ? index : rows.findIndex((row) => isSelected(selection, row))
}

/** `routeOf` names the paths of calls; by default by the routes of this trace. */
export function spanRows(trace: TraceLenses, withLogs: boolean, routeOf: RouteOf = routesOf([trace])): Row[] {
  const { spans, logs } = trace
  return [...spans.map((span) => spanRow(span, routeOf)), ...(withLogs ? logs.map(logRow) : [])]
}

function spanRow(span: LensSpan, routeOf: RouteOf): Row {
  return {
    key: span.id,
    id: span.id,
    parentId: span.parentId,
    kind: 'span',
    label: span.name,
    note: span.kind === 'UNSPECIFIED' ? '' : span.kind.toLowerCase(),
    service: span.service,
    startMs: span.startMs,
    endMs: Math.max(span.startMs, span.endMs),
    isError: span.status === 'ERROR',
    isInProgress: false,
    marks: span.events,
    detail: spanDetail(span, routeOf),
  }
}

function logRow(log: LensLog, index: number): Row {
  const text = typeof log.body === 'string' ? log.body : JSON.stringify(log.body)
  return {
    key: `log-${index}`,
    id: log.spanId,
    parentId: log.spanId,
    kind: 'log',
    label: text.slice(0, 500),
    note: log.severity,
    service: log.service,
    startMs: log.atMs,
    endMs: log.atMs,
    isError: log.severityNumber >= ERROR_SEVERITY,
    isInProgress: false,
    marks: [],
    log,
  }
}

/** Rows of X-Ray's segments and subsegments. A subsegment gets the service, and thereby the colour, of its segment. */
export function segmentRows(trace: TraceLenses, routeOf: RouteOf = routesOf([trace])): Row[] {
  const { segments } = trace
  const services = new Map<number, string>()
  for (const { document, name, isSubsegment } of segments) {
    if (!isSubsegment) services.set(document, name)
  }
  return segments.map((segment) =>
    segmentRow(segment, services.get(segment.document) ?? segment.name, routeOf),
  )
}

function segmentRow(segment: LensSegment, service: string, routeOf: RouteOf): Row {
  const { namespace, origin } = segment.fields
  const about = segment.isSubsegment ? namespace : origin
  return {
    key: segment.id,
    id: segment.id,
    parentId: segment.parentId,
    kind: segment.isSubsegment ? 'subsegment' : 'segment',
    label: segment.name,
    note: [segment.isSubsegment ? 'subsegment' : 'segment', typeof about === 'string' ? about : '']
      .filter(Boolean)
      .join(' · '),
    service,
    startMs: segment.startMs,
    endMs: Math.max(segment.startMs, segment.endMs ?? segment.startMs),
    isError: segment.outcome !== 'ok',
    isInProgress: segment.endMs === null,
    marks: [],
    detail: segmentDetail(segment, routeOf),
  }
}

/**
 * Orders rows as a tree, parents before children and by start. Rows without a known parent are roots, as is the first row
 * of each cycle.
 */
export function placeRows({ rows, owners, roots, children }: RowLinks): PlacedRow[] {
  const placed: PlacedRow[] = []
  const seen = new Set<Row>()
  const visit = (root: Row) => {
    const waiting = [{ row: root, depth: 0 }]
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      const { row, depth } = next
      if (seen.has(row)) continue
      seen.add(row)
      const all = row.kind === 'log' ? undefined : children.get(row.id)
      const below = all?.filter((child) => !seen.has(child)) ?? []
      const isOrphan = row.parentId !== '' && !owners.has(row.parentId)
      placed.push({ ...row, depth, isOrphan, hasChildren: below.length > 0 })
      for (const child of below.reverse()) waiting.push({ row: child, depth: depth + 1 })
    }
  }
  for (const root of roots) visit(root)
  // In a cycle of parents the earliest row becomes the root.
  for (const row of rows) if (!seen.has(row)) visit(row)
  return placed
}

type Matcher = (row: Row) => boolean

/**
 * A search for rows whose record's JSON contains a text, ignoring case. It gives undefined for an empty text. The first search
 * reads all records.
 */
export function rowSearch(trace: TraceLenses): (text: string) => Matcher | undefined {
  const textOf = (value: unknown) => JSON.stringify(value).toLowerCase()
  let texts: (readonly [id: string, text: string])[] | undefined
  return (search) => {
    const wanted = search.trim().toLowerCase()
    if (!wanted) return undefined
    texts ??= [...trace.spans, ...trace.segments].map((record) => [record.id, textOf(record)])
    const found = new Set(texts.flatMap(([id, text]) => (text.includes(wanted) ? [id] : [])))
    return ({ log, run, id }) => {
      if (log) return textOf(log).includes(wanted)
      return run ? run.members.some((member) => found.has(member.id)) : found.has(id)
    }
  }
}
