import type { LensSegment, TraceLenses } from '../../contracts/sandbox/lenses.ts'
import { criticalPath, lengthOf } from '../trace/critical-path.ts'
import type { RouteOf } from '../trace/route-finder.ts'
import { linkRows } from '../trace/row-links.ts'
import { placeRows, segmentRows, spanRows } from '../trace/rows.ts'
import { titleOf } from '../trace/runs.ts'
import { withoutIds } from './span-name.ts'

/** The lenses that have a tree of spans. */
export type PathLens = 'honeycomb' | 'xray'

/** A span or a segment, with what its line in a comparison is found by: service, kind and name. */
export interface PathSpan {
  readonly id: string
  readonly service: string
  readonly kind: string
  /** What it does, without ids and literals, so that it is the same in every trace. */
  readonly name: string
  /** The name of the one record, as the trace page shows it. */
  readonly title: string
  /** 0 for a root. */
  readonly depth: number
  /** It has a parent that has not arrived. */
  readonly isOrphan: boolean
  readonly isError: boolean
  readonly isInProgress: boolean
  /** Milliseconds on the trace's axis. */
  readonly startMs: number
  readonly endMs: number
  /** For how long the whole request waited for it, without its children. ms */
  readonly criticalMs: number
}

/** The root that took longest, which the critical path follows too; -1 without spans. */
export function mainRoot(spans: readonly PathSpan[]): number {
  let main = -1
  let longestMs = Number.NEGATIVE_INFINITY
  for (const [index, { depth, startMs, endMs }] of spans.entries()) {
    if (depth !== 0 || endMs - startMs <= longestMs) continue
    main = index
    longestMs = endMs - startMs
  }
  return main
}

/** The spans or segments of one lens, parents before their children, siblings by start. */
export function pathSpans(trace: TraceLenses, lens: PathLens, routeOf: RouteOf): PathSpan[] {
  const rows = lens === 'xray' ? segmentRows(trace, routeOf) : spanRows(trace, false, routeOf)
  const kinds = new Map(
    lens === 'xray'
      ? trace.segments.map((segment) => [segment.id, segmentKind(segment)])
      : trace.spans.map(({ id, kind }) => [id, kind]),
  )
  const links = linkRows(rows)
  const critical = criticalPath(links)
  return placeRows(links).map((row): PathSpan => {
    const { id, service, depth, isOrphan, isError, isInProgress, startMs, endMs, label, detail } = row
    return {
      ...{ id, service, depth, isOrphan, isError, isInProgress, startMs, endMs },
      kind: kinds.get(id) ?? '',
      name: detail?.title ? detail.shape : withoutIds(label),
      title: titleOf(row),
      criticalMs: lengthOf(critical.get(id) ?? []),
    }
  })
}

/** X-Ray has no kinds: they follow from the fields of the document. */
function segmentKind({ isSubsegment, fields }: LensSegment): string {
  if (!isSubsegment) return 'segment'
  return typeof fields.namespace === 'string' && fields.namespace ? fields.namespace : 'subsegment'
}
