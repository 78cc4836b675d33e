import { useEffect, useState } from 'preact/hooks'
import { cleanQuestion } from '../../analysis/questions/question.ts'
import { granularitiesFor, RANGES } from '../../analysis/times.ts'
import type { QueryAnswer, QueryInput } from '../../contracts/sandbox/query.ts'
import { ALL_DATASETS } from '../../contracts/sandbox/query-words.ts'
import { getJson } from '../shell/api.ts'
import type { Starter } from './starters.ts'

/** How long ago the oldest and the newest stored event began. s */
export interface Ages {
  readonly oldest: number
  readonly newest: number
}

/** Before they are known: a starter keeps its own range. */
const UNKNOWN: Ages = { oldest: Number.POSITIVE_INFINITY, newest: 0 }

/** The longest range that a starter has, in buckets of half a minute. */
const EVERY_EVENT = {
  calculations: [{ op: 'COUNT' }],
  time_range: 7_200,
  granularity: 30,
} satisfies QueryInput

/** Reads the ages of the stored events once. Without an answer starters keep their own range. */
export function useAges(): Ages {
  const [ages, setAges] = useState(UNKNOWN)
  useEffect(() => {
    const abort = new AbortController()
    getJson<QueryAnswer>(`sandbox/query?${new URLSearchParams({ dataset: ALL_DATASETS })}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(EVERY_EVENT),
      signal: abort.signal,
    }).then(
      (answer) => setAges(agesOf(answer)),
      () => {},
    )
    return () => abort.abort()
  }, [])
  return ages
}

/** Infinity for events before the answer's range. */
export function agesOf({
  series,
  rows,
  stored,
  range,
}: Pick<QueryAnswer, 'series' | 'rows' | 'stored' | 'range'>): Ages {
  const [first, last] = [series[0], series.at(-1)].map((row) => row && Date.parse(row.time) / 1_000)
  if (first === undefined || last === undefined) return { oldest: Infinity, newest: Infinity }
  return {
    oldest: rows === stored ? range.end - first : Infinity,
    newest: Math.max(0, range.end - last - range.granularity),
  }
}

/**
 * A starter over a time that has events: its own, but a shorter one if that has all of them, so that a minute of traffic is
 * wide enough to draw on; a longer one if there is none in its own.
 */
export function fitted(starter: Starter, { oldest, newest }: Ages): Starter {
  const { granularity, time_range, ...question } = starter.question
  const own = time_range ?? EVERY_EVENT.time_range
  const longest = RANGES.at(-1) ?? own
  const atLeast = (age: number) => RANGES.find((range) => range >= age) ?? longest
  const range = atLeast(oldest) <= own ? atLeast(oldest) : newest <= own ? own : atLeast(newest)
  const kept = granularity && granularitiesFor(range).includes(granularity) ? { granularity } : {}
  return { ...starter, question: cleanQuestion({ ...question, ...kept, time_range: range }) }
}
