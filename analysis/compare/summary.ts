import { count, duration, plural } from '../format.ts'
import { changesOf, differs } from './changes.ts'
import { shortSql } from './span-name.ts'
import { inOrder, type Line } from './span-paths.ts'

/** A part of a sentence: text, or the name of a line. */
export type Part = string | { readonly name: string }
export type Sentence = readonly Part[]

/** A line with this share of the whole difference is its cause. */
const MAIN_SHARE = 0.6
/** Of several causes, each has at least this share. */
const LEAST_SHARE = 0.15
const MAX_CAUSES = 3
/** Rounding makes a part a little greater than the whole. */
const MOST_SHARE = 1.05

/** What a comparison shows, the most important first. */
export function summaryOf(lines: readonly Line[]): Sentence[] {
  const main = lines.find(({ isMain, a, b }) => isMain && a && b)
  const ordered = inOrder(lines)
  if (!main?.a || !main.b) return [countsOf(ordered)]
  const [aMs, bMs] = [main.a.totalMs, main.b.totalMs]
  const causes = causesOf(main, ordered)
  if (!differs(aMs, bMs)) {
    const same = `A and B took about as long: ${duration(aMs)} and ${duration(bMs)}.`
    const balanced = differs(aMs, aMs + causes.more.grossMs) && differs(bMs, bMs + causes.less.grossMs)
    return [[same], ...(balanced ? [bothWays(causes.more, causes.less)] : []), countsOf(ordered)]
  }
  const differenceMs = Math.abs(bMs - aMs)
  const [word, cause, against] =
    bMs > aMs ? (['more', causes.more, causes.less] as const) : (['less', causes.less, causes.more] as const)
  const took = `B took ${duration(bMs)}, A ${duration(aMs)}: ${duration(differenceMs)} ${word}.`
  // "Of it" would be wrong where a part is greater than the whole.
  const isBothWays =
    against.grossMs >= LEAST_SHARE * differenceMs ||
    cause.parts.some(({ ms }) => ms > MOST_SHARE * differenceMs)
  return [[took], isBothWays ? bothWays(cause, against) : oneWay(cause, differenceMs), countsOf(ordered)]
}

/** What makes B slower (`sign` 1), or faster (−1). */
interface Cause {
  readonly sign: 1 | -1
  /** The sum over the paths that differ in this direction. ms */
  readonly grossMs: number
  /** The paths with the most of it, the largest first. Empty where it is spread over many. */
  readonly parts: readonly { readonly ms: number; readonly in: readonly Part[] }[]
}

/** What differs in each direction, by the time for which the whole request waited. */
function causesOf(main: Line, ordered: readonly Line[]): { readonly more: Cause; readonly less: Cause } {
  return { more: causeOf(main, ordered, 1), less: causeOf(main, ordered, -1) }
}

function causeOf(main: Line, ordered: readonly Line[], sign: 1 | -1): Cause {
  const ownMs = (line: Line) => sign * ownDifference(line)
  /** Of each line with all lines below it: in both directions, and in this one only. */
  const [netMs, grossMs] = [new Map<Line, number>(), new Map<Line, number>()]
  for (const line of ordered.toReversed()) {
    const below = (sums: Map<Line, number>) =>
      line.children.reduce((sum, child) => sum + (sums.get(child) ?? 0), 0)
    netMs.set(line, below(netMs) + ownMs(line))
    grossMs.set(line, below(grossMs) + Math.max(0, ownMs(line)))
  }
  const grossOf = (line: Line) => grossMs.get(line) ?? 0
  const deepest = (from: Line, leastMs: number): Line => {
    let line = from
    for (;;) {
      const next = largest(line.children, grossOf)
      if (!next || grossOf(next) < leastMs) return line
      line = next
    }
  }
  const allMs = grossOf(main)
  const partOf = (line: Line) => {
    const isOwn = ownMs(line) >= MAIN_SHARE * grossOf(line)
    const ms = isOwn && grossOf(line) > (netMs.get(line) ?? 0) ? ownMs(line) : (netMs.get(line) ?? 0)
    return { ms, in: [...named(line, isOwn ? '' : ' and what it calls'), ...runs(line)] }
  }
  const cause = deepest(main, MAIN_SHARE * allMs)
  const isSeen = ({ ms }: { readonly ms: number }) => ms >= LEAST_SHARE * allMs && ms > 0
  if (cause !== main) return { sign, grossMs: allMs, parts: [partOf(cause)].filter(isSeen) }
  const itself = {
    ms: ownMs(main),
    in: [
      main.otherName === undefined ? { name: shortSql(main.name) } : 'the root',
      ' itself, outside all calls',
    ],
  }
  if (itself.ms >= MAIN_SHARE * allMs) return { sign, grossMs: allMs, parts: [itself].filter(isSeen) }
  const children = main.children
    .toSorted((x, y) => grossOf(y) - grossOf(x))
    .slice(0, MAX_CAUSES)
    .map((child) => partOf(deepest(child, MAIN_SHARE * grossOf(child))))
  return { sign, grossMs: allMs, parts: [...children, itself].filter(isSeen) }
}

function oneWay({ parts }: Cause, wholeMs: number): Sentence {
  const [first, ...others] = parts
  if (!first) return ['It is spread over many paths, none of which has a large part of it.']
  if (others.length === 0) return [`${amount(first.ms, wholeMs)} of it is in `, ...first.in, '.']
  return ['Of it: ', ...listed(parts), '.']
}

function bothWays(cause: Cause, against: Cause): Sentence {
  return [...inDirection(cause), '. Against it, ', ...inDirection(against), '.']
}

function inDirection({ sign, grossMs, parts }: Cause): Part[] {
  const [verb, word] = sign > 0 ? ['takes', ' more'] : ['saves', '']
  const [first, ...others] = parts
  if (!first)
    return [`B ${verb} ${duration(grossMs)}${word} on many paths, none of which has a large part of it`]
  const rest = others.length > 0 ? ['; ', ...listed(others)] : []
  return [`B ${verb} ${duration(first.ms)}${word} in `, ...first.in, ...rest]
}

function listed(parts: Cause['parts']): Part[] {
  return parts.flatMap(({ ms, in: place }, index) => [
    `${index === 0 ? '' : '; '}${duration(ms)} in `,
    ...place,
  ])
}

/** By how much longer the request waited for the line itself in B. ms */
function ownDifference({ a, b }: Line): number {
  return (b?.criticalMs ?? 0) - (a?.criticalMs ?? 0)
}

function largest(lines: readonly Line[], sizeOf: (line: Line) => number): Line | undefined {
  return lines.reduce<Line | undefined>(
    (most, line) => (!most || sizeOf(line) > sizeOf(most) ? line : most),
    undefined,
  )
}

function amount(ms: number, wholeMs: number): string {
  return ms > 0.95 * wholeMs && ms <= MOST_SHARE * wholeMs ? 'Nearly all' : duration(ms)
}

function named({ name, service }: Line, and: string): Part[] {
  return [{ name: shortSql(name) }, ` of ${service.slice(0, 80)}${and}`]
}

/** How often the line runs, where that differs. */
function runs({ a, b }: Line): Part[] {
  if (!a) return [`, which only B runs${b && b.count > 1 ? ` (${times(b.count)})` : ''}`]
  if (!b) return [`, which only A runs${a.count > 1 ? ` (${times(a.count)})` : ''}`]
  return a.count === b.count ? [] : [`, which runs ${times(b.count)} instead of ${times(a.count)}`]
}

function times(value: number): string {
  return value === 1 ? 'once' : `${count(value)} times`
}

/** How many paths there are, and how many of them differ in which way. */
function countsOf(ordered: readonly Line[]): Sentence {
  const kinds = ordered.map((line) => changesOf(line).map(({ kind }) => kind))
  const having = (kind: (typeof kinds)[number][number]) =>
    kinds.filter((found) => found.includes(kind)).length
  const is = (value: number) => (value === 1 ? 'is' : 'are')
  const found = [
    [having('slower'), (n: number) => `${is(n)} slower in B`],
    [having('faster'), (n: number) => `${is(n)} faster in B`],
    [having('more'), (n: number) => `${n === 1 ? 'runs' : 'run'} more often in B`],
    [having('fewer'), (n: number) => `${n === 1 ? 'runs' : 'run'} less often in B`],
    [having('only-b'), (n: number) => `${is(n)} only in B`],
    [having('only-a'), (n: number) => `${is(n)} only in A`],
    [having('failed'), (n: number) => `${n === 1 ? 'has' : 'have'} more errors in B`],
    [having('recovered'), (n: number) => `${n === 1 ? 'has' : 'have'} fewer errors in B`],
  ] as const
  const some = found.flatMap(([n, words]) => (n > 0 ? [`${count(n)} ${words(n)}`] : []))
  const all = plural(ordered.length, 'path')
  if (some.length === 0) return [`No difference on ${all}.`]
  return [`Of ${all}, ${some.join(', ')}.`]
}
