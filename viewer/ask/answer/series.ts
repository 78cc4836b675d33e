import type { QueryAnswer } from '../../../contracts/sandbox/query.ts'
import { DRAWN_GROUPS, type Group, groupKey } from './groups.ts'

/** The series of an answer by calculation and group. */
export interface Lines {
  /** The starts of the buckets of time, Unix s. */
  readonly starts: readonly number[]
  /** Seconds. */
  readonly granularity: number
  /** By calculation, and for each by group, in the order of the groups that are drawn: a value for each bucket. */
  readonly values: ReadonlyMap<string, readonly (readonly (number | null)[])[]>
}

/** The starts of the buckets of a range, Unix s. The first one may begin before the range. */
export function bucketStarts({ start, end, granularity }: QueryAnswer['range']): number[] {
  const first = Math.floor(start / granularity) * granularity
  const buckets = Math.max(1, Math.ceil((end - first) / granularity))
  return Array.from({ length: buckets }, (_, index) => first + index * granularity)
}

/** The values of the first groups, which have a line in the charts. Null in buckets without events of the group. */
export function linesOf(
  answer: QueryAnswer,
  groups: readonly Group[],
  breakdowns: readonly string[],
  calculations: readonly string[],
): Lines {
  const starts = bucketStarts(answer.range)
  const { granularity } = answer.range
  const places = new Map(groups.slice(0, DRAWN_GROUPS).map(({ key }, place) => [key, place]))
  const empty = () => Array.from(places, () => new Array<number | null>(starts.length).fill(null))
  const values = new Map(calculations.map((name) => [name, empty()]))
  // Rows of one bucket follow each other.
  let time = ''
  let bucket = -1
  for (const row of answer.series) {
    if (row.time !== time) {
      time = row.time
      bucket = Math.round((Date.parse(time) / 1_000 - (starts[0] ?? 0)) / granularity)
    }
    const place = places.get(groupKey(row.data, breakdowns))
    if (place === undefined || bucket < 0 || bucket >= starts.length) continue
    for (const [name, lines] of values) {
      const value = row.data[name]
      const line = lines[place]
      if (line && typeof value === 'number') line[bucket] = value
    }
  }
  return { starts, granularity, values }
}

/** The places of values without a neighbour. No line leads to them, so that they need a point. */
export function lonely(line: readonly (number | null | undefined)[]): number[] {
  const found: number[] = []
  for (let index = 0; index < line.length; index++) {
    const isAlone = (line[index - 1] ?? null) === null && (line[index + 1] ?? null) === null
    if (isAlone && (line[index] ?? null) !== null) found.push(index)
  }
  return found
}
