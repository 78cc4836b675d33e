import { count, duration, plural } from '../shell/format.ts'
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

/** What a comparison shows, the most important first. */
export function summaryOf(lines: readonly Line[]): Sentence[] {
  const main = lines.find(({ isMain, a, b }) => isMain && a && b)
  const ordered = inOrder(lines)
  if (!main?.a || !main.b) return [countsOf(ordered)]
  const [aMs, bMs] = [main.a.totalMs, main.b.totalMs]
  if (!differs(aMs, bMs))
    return [[`A and B took about as long: ${duration(aMs)} and ${duration(bMs)}.`], countsOf(ordered)]
  const differenceMs = Math.abs(bMs - aMs)
  const word = bMs > aMs ? 'more' : 'less'
  const took = `B took ${duration(bMs)}, A ${duration(aMs)}: ${duration(differenceMs)} ${word}.`
  return [[took], causeOf(main, ordered, bMs - aMs), countsOf(ordered)]
}

/** Where the difference between the requests comes from, by the time for which the whole request waited. */
function causeOf(main: Line, ordered: readonly Line[], differenceMs: number): Sentence {
  const sign = Math.sign(differenceMs)
  const wholeMs = Math.abs(differenceMs)
  /** Of each line with all lines below it. */
  const withinMs = new Map<Line, number>()
  for (const line of ordered.toReversed()) {
    const below = line.children.reduce((sum, child) => sum + (withinMs.get(child) ?? 0), 0)
    withinMs.set(line, below + sign * ownDifference(line))
  }
  const shareOf = (line: Line) => (withinMs.get(line) ?? 0) / wholeMs
  const deepest = (from: Line, share: number): Line => {
    let line = from
    for (;;) {
      const next = largest(line.children, shareOf)
      if (!next || shareOf(next) < share) return line
      line = next
    }
  }
  const cause = deepest(main, MAIN_SHARE)
  const ownMs = sign * ownDifference(cause)
  if (cause !== main) {
    const isOwn = ownMs >= MAIN_SHARE * (withinMs.get(cause) ?? 0)
    return [
      `${amount(withinMs.get(cause) ?? 0, wholeMs)} of it is in `,
      ...named(cause, isOwn ? '' : ' and what it calls'),
      ...runs(cause),
      '.',
    ]
  }
  const causes = main.children
    .filter((child) => shareOf(child) >= LEAST_SHARE)
    .toSorted((x, y) => shareOf(y) - shareOf(x))
    .slice(0, MAX_CAUSES)
  const parts = causes.map((child): Part[] => {
    const line = deepest(child, shareOf(child) * MAIN_SHARE)
    return [`${duration(withinMs.get(line) ?? 0)} in `, ...named(line, ''), ...runs(line)]
  })
  const itself: Part[] = [
    main.otherName === undefined ? { name: shortSql(main.name) } : 'the root',
    ' itself, outside all calls',
  ]
  if (ownMs >= MAIN_SHARE * wholeMs) return [`${amount(ownMs, wholeMs)} of it is in `, ...itself, '.']
  if (ownMs >= LEAST_SHARE * wholeMs) parts.push([`${duration(ownMs)} in `, ...itself])
  if (parts.length === 0) return ['It is spread over many paths, none of which has a large part of it.']
  return ['Of it: ', ...parts.flatMap((part, index) => (index === 0 ? part : ['; ', ...part])), '.']
}

/** By how much longer the request waited for the line itself in B. ms */
function ownDifference({ a, b }: Line): number {
  return (b?.criticalMs ?? 0) - (a?.criticalMs ?? 0)
}

function largest(lines: readonly Line[], shareOf: (line: Line) => number): Line | undefined {
  return lines.reduce<Line | undefined>(
    (most, line) => (!most || shareOf(line) > shareOf(most) ? line : most),
    undefined,
  )
}

function amount(ms: number, wholeMs: number): string {
  return ms > 0.95 * wholeMs && ms <= wholeMs * 1.05 ? 'Nearly all' : duration(ms)
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
