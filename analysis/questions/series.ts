import type { QueryAnswer } from '../../contracts/sandbox/query.ts'
import { type Group, groupKey } from './groups.ts'
import { bucketStarts, DRAWN_GROUPS, type Lines } from './lines.ts'

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
