import { count, duration, plural } from '../format.ts'
import type { Line } from './span-paths.ts'

/** A smaller difference is noise. ms, and the share of the longer time. */
const LEAST_MS = 1
const LEAST_SHARE = 0.1

export type ChangeKind = 'only-a' | 'only-b' | 'slower' | 'faster' | 'more' | 'fewer' | 'failed' | 'recovered'

/** A difference of B from A, in words. */
export interface Change {
  readonly kind: ChangeKind
  readonly text: string
}

export const CHANGE_MARKS: Readonly<Record<ChangeKind, string>> = {
  'only-a': 'A',
  'only-b': 'B',
  slower: '▲',
  faster: '▼',
  more: '+',
  fewer: '−',
  failed: '✕',
  recovered: '✓',
}

/** Whether two times differ by more than noise. ms */
export function differs(aMs: number, bMs: number): boolean {
  return Math.abs(bMs - aMs) > Math.max(LEAST_MS, LEAST_SHARE * Math.max(aMs, bMs))
}

/** How the spans of B differ from those of A; empty where they do not. */
export function changesOf({ a, b }: Pick<Line, 'a' | 'b'>): Change[] {
  if (!a || !b) {
    const [kind, side, only] = a ? (['only-a', 'A', a] as const) : (['only-b', 'B', b] as const)
    if (!only) return []
    const times = only.count > 1 ? ` (${count(only.count)} times)` : ''
    const change: Change = { kind, text: `only in ${side}${times}` }
    return only.errors > 0
      ? [change, { kind: a ? 'recovered' : 'failed', text: plural(only.errors, 'error') }]
      : [change]
  }
  const changes: Change[] = []
  if (differs(a.totalMs, b.totalMs)) {
    const isSlower = b.totalMs > a.totalMs
    const word = isSlower ? 'slower' : 'faster'
    changes.push({
      kind: word,
      text: `${ratio(a.totalMs, b.totalMs)}${word}, ${signed(b.totalMs - a.totalMs)}`,
    })
  }
  if (a.count !== b.count)
    changes.push({
      kind: b.count > a.count ? 'more' : 'fewer',
      text: `${count(b.count)} instead of ${count(a.count)}`,
    })
  if (a.errors !== b.errors)
    changes.push({
      kind: b.errors > a.errors ? 'failed' : 'recovered',
      text: `${b.errors === 0 ? 'no error' : plural(b.errors, 'error')} instead of ${a.errors === 0 ? 'none' : count(a.errors)}`,
    })
  return changes
}

/** Larger ratios say no more than the times themselves. */
const MOST_TIMES = 1_000

/** `3.2× `, of the longer to the shorter time; empty where there is no sensible one. */
function ratio(aMs: number, bMs: number): string {
  const times = Math.max(aMs, bMs) / Math.min(aMs, bMs)
  if (!(times < MOST_TIMES)) return ''
  return `${times < 9.95 ? times.toFixed(1) : times.toFixed(0)}× `
}

/** `+120 ms`, `−3 ms`. */
function signed(ms: number): string {
  return `${ms < 0 ? '−' : '+'}${duration(Math.abs(ms))}`
}
