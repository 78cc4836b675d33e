import type { LensLog, LensSegment, LensSpan, TraceLenses } from '../../contracts/sandbox/lenses.ts'

/** One line of a lens's waterfall. Times in milliseconds on the trace's axis. */
export interface Row {
  /** Unique within its lens. */
  readonly key: string
  /** The id of the span or segment, the same in every lens. A log record has its span's. */
  readonly id: string
  readonly parentId: string
  readonly kind: 'span' | 'segment' | 'subsegment' | 'log'
  readonly label: string
  readonly note: string
  readonly service: string
  readonly startMs: number
  readonly endMs: number
  readonly isError: boolean
  readonly isOpen: boolean
  /** The times of its span events. */
  readonly marks: readonly { readonly atMs: number; readonly name: string }[]
  readonly log?: LensLog
}

export interface PlacedRow extends Row {
  readonly depth: number
  readonly hasChildren: boolean
  /** It has a parent that has not arrived. */
  readonly isOrphan: boolean
}

export function spanRows({ spans, logs }: TraceLenses, withLogs: boolean): Row[] {
  const rows = spans.map(spanRow)
  if (!withLogs) return rows
  return [...rows, ...logs.map(logRow)]
}

function spanRow(span: LensSpan): Row {
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
    isOpen: false,
    marks: span.events,
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
    isError: log.severityNumber >= 17,
    isOpen: false,
    marks: [],
    log,
  }
}

/** X-Ray's colours are by service. A subsegment's service is its segment's. */
export function segmentRows({ segments }: TraceLenses): Row[] {
  const services = new Map<number, string>()
  for (const { document, name, isSubsegment } of segments) {
    if (!isSubsegment) services.set(document, name)
  }
  return segments.map((segment) => segmentRow(segment, services.get(segment.document) ?? segment.name))
}

function segmentRow(segment: LensSegment, service: string): Row {
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
    isOpen: segment.endMs === null,
    marks: [],
  }
}

/**
 * Orders rows as a tree, parents before children and by start. Rows without a known parent are roots, as is one row of
 * each circle. Children of `folded` rows are left out.
 */
export function placeRows(rows: readonly Row[], folded: ReadonlySet<string>): PlacedRow[] {
  const owners = new Set(rows.filter(({ kind }) => kind !== 'log').map(({ id }) => id))
  const sorted = rows.toSorted(
    (a, b) => a.startMs - b.startMs || Number(a.kind === 'log') - Number(b.kind === 'log'),
  )
  const children = Map.groupBy(sorted, ({ id, parentId, kind }) =>
    owners.has(parentId) && (kind === 'log' || parentId !== id) ? parentId : '',
  )
  const placed: PlacedRow[] = []
  const seen = new Set<Row>()
  const visit = (root: Row) => {
    const waiting = [{ row: root, depth: 0, isHidden: false }]
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      const { row, depth, isHidden } = next
      if (seen.has(row)) continue
      seen.add(row)
      const below = row.kind === 'log' ? [] : (children.get(row.id) ?? []).filter((child) => !seen.has(child))
      if (!isHidden) {
        const isOrphan = row.parentId !== '' && !owners.has(row.parentId)
        placed.push({ ...row, depth, isOrphan, hasChildren: below.length > 0 })
      }
      const hides = isHidden || folded.has(row.id)
      for (const child of below.reverse()) waiting.push({ row: child, depth: depth + 1, isHidden: hides })
    }
  }
  for (const root of children.get('') ?? []) visit(root)
  // Rows that are each other's parents have no root, so one of them becomes it.
  for (const row of sorted) if (!seen.has(row)) visit(row)
  return placed
}

/** Whether a row contains the words: in its name, attributes, annotations, metadata, events or log. */
export function rowMatcher(trace: TraceLenses, search: string): ((row: PlacedRow) => boolean) | undefined {
  const words = search.trim().toLowerCase()
  if (!words) return undefined
  const has = (value: unknown) => JSON.stringify(value).toLowerCase().includes(words)
  const found = new Set([
    ...trace.spans.filter(has).map(({ id }) => id),
    ...trace.segments.filter(has).map(({ id }) => id),
  ])
  return (row) => (row.log ? has(row.log) : found.has(row.id))
}

const COLOURS = 8

/** The number of each service's colour, the same in every lens. */
export function colours({ spans, segments }: TraceLenses): (service: string) => number {
  const numbers = new Map<string, number>()
  const add = (service: string) => {
    if (!numbers.has(service)) numbers.set(service, numbers.size % COLOURS)
  }
  for (const { service } of spans) add(service)
  for (const { name, isSubsegment } of segments) if (!isSubsegment) add(name)
  return (service) => numbers.get(service) ?? 0
}
