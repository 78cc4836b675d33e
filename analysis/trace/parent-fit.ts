import { duration } from '../format.ts'
import type { RowLinks } from './row-links.ts'
import type { Row } from './rows.ts'

/** In what a record does not fit into its parent's time, in words. */
export interface Misfit {
  /** For the row. */
  readonly short: string
  /** Sentences with the lengths and the probable reason. */
  readonly why: string
}

/**
 * A record that starts or ends up to this long outside its parent fits: clocks of one machine and X-Ray's times, which are
 * doubles of seconds, are not more precise. ms
 */
const TOLERANCE_MS = 1

/** Finds out whether a record starts before its parent, ends after it or takes longer. By id; undefined if it fits. */
export type FindMisfit = (id: string) => Misfit | undefined

export function misfitsIn({ owners }: Pick<RowLinks, 'owners'>): FindMisfit {
  return (id) => {
    const row = owners.get(id)
    const parent = row && row.parentId !== id ? owners.get(row.parentId) : undefined
    return row && parent && misfitOf(row, parent)
  }
}

function misfitOf(row: Row, parent: Row): Misfit | undefined {
  const earlyMs = parent.startMs - row.startMs
  const lateMs = parent.isInProgress || row.isInProgress ? 0 : row.endMs - parent.endMs
  const [isEarly, isLate] = [earlyMs > TOLERANCE_MS, lateMs > TOLERANCE_MS]
  if (!isEarly && !isLate) return undefined
  const [ownMs, parentMs] = [row.endMs - row.startMs, parent.endMs - parent.startMs]
  const isLonger = !parent.isInProgress && ownMs > parentMs + TOLERANCE_MS
  const short = isLonger
    ? 'longer than its parent'
    : isEarly
      ? 'starts before its parent'
      : 'ends after its parent'
  const sentences = [
    isLonger && `It took ${duration(ownMs)}, its parent ${duration(parentMs)}.`,
    isEarly && `It starts ${duration(earlyMs)} before its parent.`,
    isLate && `It ends ${duration(lateMs)} after its parent.`,
    reasonOf(row.service === parent.service, isEarly, isLate),
  ]
  return { short, why: sentences.filter(Boolean).join(' ') }
}

function reasonOf(isSameService: boolean, isEarly: boolean, isLate: boolean): string {
  if (isEarly && !isSameService)
    return 'A child cannot start before its parent, so the clocks of the two machines differ. The viewer does not correct times.'
  if (isEarly)
    return 'A child cannot start before its parent: its start was set by hand, or the clock was changed in between.'
  if (isLate && !isSameService)
    return 'The caller did not wait for the end: it had its answer earlier or gave up, or the clocks of the two machines differ.'
  return 'The parent did not wait for it: work that goes on in the background after the answer.'
}
