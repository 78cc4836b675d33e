/** A range of time and the width of its buckets, s. Times in Unix seconds. */
export interface Range {
  readonly start: number
  readonly end: number
  readonly granularity: number
}

/** A group of an answer, which is one line in a chart. */
export interface DrawnGroup {
  readonly key: string
  readonly label: string
}

/** How many groups have a line in the charts. More cannot be told apart. */
export const DRAWN_GROUPS = 20

/** What charts draw: values by calculation and group. */
export interface Lines {
  /** The starts of the buckets of time, Unix s. */
  readonly starts: readonly number[]
  /** Seconds. */
  readonly granularity: number
  /** By calculation, and for each by group, in the order of the groups that are drawn: a value for each bucket. */
  readonly values: ReadonlyMap<string, readonly (readonly (number | null)[])[]>
}

/** The starts of the buckets of a range, Unix s. The first one may begin before the range. */
export function bucketStarts({ start, end, granularity }: Range): number[] {
  const first = Math.floor(start / granularity) * granularity
  const buckets = Math.max(1, Math.ceil((end - first) / granularity))
  return Array.from({ length: buckets }, (_, index) => first + index * granularity)
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
