import { clock, count, cut, duration, percent, plural } from '../../analysis/format.ts'
import { wholeRange } from '../../analysis/trace/axis.ts'
import { criticalShares } from '../../analysis/trace/critical-shares.ts'
import { differences } from '../../analysis/trace/differences.ts'
import { type LensTree, lensTree } from '../../analysis/trace/lens-tree.ts'
import { type PlacedRow, segmentRows, spanRows } from '../../analysis/trace/rows.ts'
import type { ProvidersRead } from '../../contracts/sandbox/health.ts'
import type { TraceLenses } from '../../contracts/sandbox/lenses.ts'
import type { TraceTwins } from '../../contracts/sandbox/wiring.ts'
import { LENS_NAMES, type Lens, sandboxTraceUrl } from '../../contracts/trace-links.ts'
import { clipped, type Line, wrapped } from '../command-line/styled-lines.ts'
import { differenceLines, heading, logLines, occurrenceLines } from './record-lines.ts'
import { strayErrorTexts } from './twins.ts'
import { waterfallLines } from './waterfall.ts'

export interface TraceOptions {
  /** Columns */
  readonly width: number
  /** By default the first that has records. */
  readonly lens?: Lens | undefined
  /** At most this many spans. */
  readonly limit: number
  /** Shows each member of a run of like siblings. */
  readonly opensRuns?: boolean
  /** The sandbox's page, for links; no slash at its end. */
  readonly page: string
  /** For the reasons of what a provider lacks. */
  readonly providers?: ProvidersRead | undefined
  /** What looks like the same request under another trace id, or under none. */
  readonly twins?: TraceTwins | undefined
}

/** The lens that is shown where none is chosen. */
export function firstLens({ spans, segments }: Pick<TraceLenses, 'spans' | 'segments'>): Lens {
  if (spans.length > 0) return 'honeycomb'
  return segments.length > 0 ? 'xray' : 'rollbar'
}

/** One trace in one lens: what it is, its spans on an axis, its errors and log records, and where the providers differ. */
export function traceLines(trace: TraceLenses, options: TraceOptions): Line[] {
  const { width, page } = options
  const lens = options.lens ?? firstLens(trace)
  const isTree = lens !== 'rollbar'
  const tree = lensTree(treeRows(trace, isTree ? lens : firstLens(trace)))
  const sections: readonly (readonly Line[])[] = [
    headLines(trace, tree, width),
    isTree ? spanLines(trace, lens, tree, options) : [],
    occurrenceLines(trace, width, { withStack: !isTree, page }),
    isTree || trace.occurrences.length > 0 ? [] : [['Rollbar has nothing of this request.']],
    isTree ? logLines(trace, width) : [],
    differenceLines(differences(trace, options.providers, options.twins), width),
    strayErrorTexts(options.twins)
      .flatMap((text) => wrapped(text, width))
      .map((text): Line => [{ text, style: 'yellow' }]),
    [[sandboxTraceUrl(page, trace.traceId, lens)]],
  ]
  return sections
    .filter((lines) => lines.length > 0)
    .flatMap((lines, index) => (index > 0 ? [[], ...lines] : lines))
}

function treeRows(trace: TraceLenses, lens: Lens) {
  return lens === 'xray' ? segmentRows(trace) : spanRows(trace, false)
}

function headLines(trace: TraceLenses, tree: LensTree, width: number): Line[] {
  const root = longestRoot(tree)
  const status = root?.detail?.status
  const name = root ? root.label : 'A request without spans'
  const tookMs = root ? root.endMs - root.startMs : 0
  const facts = [
    ...(status === undefined ? [] : [String(status)]),
    ...(root ? [duration(tookMs)] : []),
    clock(trace.originMs, { milliseconds: true }),
    ...(trace.pruned ? ['partly pruned: the sandbox has deleted some of its records'] : []),
  ]
  return [
    [{ text: clipped(name, width), style: root?.isError ? ['bold', 'red'] : 'bold' }],
    ...wrapped(facts.join(' · '), width).map((text): Line => [text]),
    [`Trace ${trace.traceId}`],
    [`X-Ray ${trace.xrayTraceId}`],
    ...wrapped(countsText(trace), width).map((text): Line => [text]),
  ]
}

function longestRoot({ placed }: LensTree): PlacedRow | undefined {
  return placed
    .filter(({ depth, kind }) => depth === 0 && kind !== 'log')
    .reduce<PlacedRow | undefined>(
      (longest, row) =>
        !longest || row.endMs - row.startMs > longest.endMs - longest.startMs ? row : longest,
      undefined,
    )
}

/** What each provider has: `Honeycomb 4 spans, 1 log record · X-Ray nothing · Rollbar 1 occurrence`. */
function countsText({ spans, logs, segments, documents, occurrences }: TraceLenses): string {
  const subsegments = segments.filter(({ isSubsegment }) => isSubsegment).length
  const counted = (...parts: readonly (readonly [number, string])[]) =>
    parts.flatMap(([amount, one]) => (amount > 0 ? [plural(amount, one)] : [])).join(', ') || 'nothing'
  return [
    `${LENS_NAMES.honeycomb} ${counted([spans.length, 'span'], [logs.length, 'log record'])}`,
    `${LENS_NAMES.xray} ${counted([documents, 'segment document'], [subsegments, 'subsegment'])}`,
    `${LENS_NAMES.rollbar} ${counted([occurrences.length, 'occurrence'])}`,
  ].join(' · ')
}

function spanLines(
  trace: TraceLenses,
  lens: 'honeycomb' | 'xray',
  tree: LensTree,
  { width, limit, opensRuns = false }: TraceOptions,
): Line[] {
  const records = lens === 'xray' ? trace.segments.length : trace.spans.length
  if (records === 0) return [[`${LENS_NAMES[lens]} has nothing of this request.`]]
  const services = new Set(tree.placed.map(({ service }) => service))
  const [only] = services
  const what =
    lens === 'xray'
      ? plural(records, 'segment and subsegment', 'segments and subsegments')
      : plural(records, 'span')
  const whose = services.size === 1 ? (only ?? '') : plural(services.size, 'service')
  return [
    heading(clipped(`${LENS_NAMES[lens]}: ${what} of ${whose}`, width)),
    ...waterfallLines(tree, { width, range: wholeRange(trace), limit, opensRuns }),
    ...criticalLines(tree, width),
  ]
}

const MAX_SHARES = 3

/** Whose time is on the critical path. */
function criticalLines(tree: LensTree, width: number): Line[] {
  if (tree.critical.size < 2) return []
  const shares = criticalShares(tree)
  const totalMs = shares.reduce((sum, { ms }) => sum + ms, 0)
  if (totalMs === 0) return []
  const most = shares.slice(0, MAX_SHARES).map(({ name, count: times, ms }) => {
    const before = times > 1 ? `${count(times)} × ` : ''
    return `${before}${cut(name, 60)} ${duration(ms)} (${percent(ms / totalMs)})`
  })
  const rest = shares.length > MAX_SHARES ? `; and ${plural(shares.length - MAX_SHARES, 'more', 'more')}` : ''
  const text = `Critical path ${duration(totalMs)}: ${most.join('; ')}${rest}`
  return wrapped(text, width).map((line): Line => [{ text: line, style: 'dim' }])
}
