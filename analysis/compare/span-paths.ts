import { mainRoot, type PathSpan } from './path-spans.ts'

/** All spans of one trace on one path. Times in milliseconds. */
export interface Side {
  readonly count: number
  /** The sum of their durations. Spans that ran at the same time add up to more than the time that passed. */
  readonly totalMs: number
  /** The sum of the time in which none of their children ran. */
  readonly selfMs: number
  /** For how long the whole request waited for them, without their children. */
  readonly criticalMs: number
  readonly errors: number
  readonly inProgress: number
  /** How many have a parent that has not arrived. */
  readonly orphans: number
  /** The id of the slowest. */
  readonly slowestId: string
  /** The id of the first that failed; empty if none did. */
  readonly errorId: string
}

/**
 * One line of a comparison: the spans of both traces that have the same path, which is the service, kind and name of each
 * span from the root. Siblings on the same path are one line.
 */
export interface Line {
  readonly depth: number
  readonly service: string
  readonly kind: string
  readonly name: string
  /** Of the root that took longest in each trace. */
  readonly isMain: boolean
  /** What B calls it, where the two main roots are of different routes. */
  readonly otherName: string | undefined
  readonly a: Side | undefined
  readonly b: Side | undefined
  readonly parent: Line | undefined
  readonly children: readonly Line[]
}

/** A side or a line while spans are added to it. */
type Open<Value> = { -readonly [Key in keyof Value]: Value[Key] }
interface OpenSide extends Open<Side> {
  slowestMs: number
}
interface OpenLine extends Open<Omit<Line, 'a' | 'b' | 'parent' | 'children'>> {
  a: OpenSide | undefined
  b: OpenSide | undefined
  parent: OpenLine | undefined
  children: OpenLine[]
  /** The children by service, kind and name. */
  readonly byName: Map<string, OpenLine>
  /** The children of trace B in the order of their first spans. */
  readonly inB: OpenLine[]
}

/** The key of both traces' main roots, which are one line also where they are of different routes. */
const MAIN = 'main'

/**
 * Compares two traces by path. Lines are in the order of trace A's first spans; those that only B has come after the line
 * that they follow in B. Both lists have parents before their children and siblings by start, as `pathSpans` returns them.
 */
export function compareByPath(a: readonly PathSpan[], b: readonly PathSpan[]): Line[] {
  const top = openLine(undefined, { service: '', kind: '', name: '' })
  add(top, a, 'a')
  add(top, b, 'b')
  const waiting = [top]
  for (let line = waiting.pop(); line; line = waiting.pop()) {
    line.children = merged(line.children, line.inB)
    waiting.push(...line.children)
  }
  for (const line of top.children) line.parent = undefined
  return top.children
}

/** Each line before its children, all in order. */
export function inOrder(lines: readonly Line[]): Line[] {
  const ordered: Line[] = []
  const waiting = lines.toReversed()
  for (let line = waiting.pop(); line; line = waiting.pop()) {
    ordered.push(line)
    for (const child of line.children.toReversed()) waiting.push(child)
  }
  return ordered
}

function add(top: OpenLine, spans: readonly PathSpan[], side: 'a' | 'b') {
  const main = mainRoot(spans)
  const selfMs = selfTimes(spans)
  /** The line of the last span of each depth. */
  const open: OpenLine[] = []
  for (const [index, span] of spans.entries()) {
    const parent = open[span.depth - 1] ?? top
    const line = lineOf(parent, span, index === main)
    open[span.depth] = line
    if (!line.a && !line.b) parent.children.push(line)
    if (side === 'b') {
      if (!line.b) parent.inB.push(line)
      if (index === main && line.a && line.name !== span.name) line.otherName = span.name
    }
    if (index === main) line.isMain = true
    line[side] ??= emptySide()
    count(line[side], span, selfMs[index] ?? 0)
  }
}

function lineOf(parent: OpenLine, span: PathSpan, isMain: boolean): OpenLine {
  const name = isMain ? MAIN : `${span.service}\n${span.kind}\n${span.name}`
  const known = parent.byName.get(name)
  if (known) return known
  const line = openLine(parent, span)
  parent.byName.set(name, line)
  return line
}

function openLine(
  parent: OpenLine | undefined,
  { service, kind, name }: Pick<PathSpan, 'service' | 'kind' | 'name'>,
): OpenLine {
  const depth = parent ? parent.depth + 1 : -1
  const none = { isMain: false, otherName: undefined, a: undefined, b: undefined }
  return { depth, parent, service, kind, name, ...none, children: [], byName: new Map(), inB: [] }
}

function emptySide(): OpenSide {
  const none = { count: 0, totalMs: 0, selfMs: 0, criticalMs: 0, errors: 0, inProgress: 0, orphans: 0 }
  return { ...none, slowestId: '', slowestMs: -1, errorId: '' }
}

function count(side: OpenSide, span: PathSpan, selfMs: number) {
  const tookMs = span.endMs - span.startMs
  side.count++
  side.totalMs += tookMs
  side.selfMs += selfMs
  side.criticalMs += span.criticalMs
  side.errors += Number(span.isError)
  side.inProgress += Number(span.isInProgress)
  side.orphans += Number(span.isOrphan)
  if (span.isError) side.errorId ||= span.id
  if (tookMs <= side.slowestMs) return
  side.slowestMs = tookMs
  side.slowestId = span.id
}

/** For each span the part of its duration in which none of its children ran. ms */
function selfTimes(spans: readonly PathSpan[]): number[] {
  const self = spans.map(({ startMs, endMs }) => endMs - startMs)
  /** The index of the last span of each depth, and until when its children have covered it. */
  const open: { readonly index: number; untilMs: number }[] = []
  for (const [index, { depth, startMs, endMs }] of spans.entries()) {
    open[depth] = { index, untilMs: startMs }
    const parent = open[depth - 1]
    const parentSpan = parent && spans[parent.index]
    if (!parent || !parentSpan) continue
    // Children come by start, so that what they cover grows at its end only.
    const fromMs = Math.max(startMs, parent.untilMs)
    const toMs = Math.min(endMs, parentSpan.endMs)
    if (toMs <= fromMs) continue
    self[parent.index] = (self[parent.index] ?? 0) - (toMs - fromMs)
    parent.untilMs = toMs
  }
  return self
}

/** A's lines in order, each followed by the lines of B that come after it there. */
function merged(lines: readonly OpenLine[], inB: readonly OpenLine[]): OpenLine[] {
  /** The lines that only B has, by the line of both that they follow. */
  const onlyB = new Map<OpenLine | undefined, OpenLine[]>()
  let following: OpenLine[] = []
  onlyB.set(undefined, following)
  for (const line of inB) {
    if (line.a) {
      following = []
      onlyB.set(line, following)
    } else following.push(line)
  }
  const inA = lines.filter(({ a }) => a)
  return [undefined, ...inA].flatMap((line) => [...(line ? [line] : []), ...(onlyB.get(line) ?? [])])
}
