import type { LiveEvent, RequestRow } from '../../contracts/sandbox/lists.ts'
import { HttpError } from '../http/answer.ts'
import { createTimeSlices } from '../http/time-slices.ts'
import type { RequestQuestion } from '../requests/list-jobs.ts'
import { matchesFilter, type RequestFacts } from '../requests/request-filter.ts'
import type { Store } from '../store/store.ts'
import type { TraceMatcher } from '../xray/filter/trace-finder.ts'
import { assembleTrace, type Trace } from '../xray/trace.ts'
import type { News } from './live-news.ts'
import type { RequestReads } from './requests.ts'

/** Rows that are read without a pause, about a tenth of a millisecond each. */
const READ_ROWS = 20

/** What watchers with the same filters want. */
export interface LiveQuery {
  readonly question: RequestQuestion
  readonly matchesXRay: TraceMatcher | undefined
}

/** A changed request. Its trace and its JSON are made when the first query needs them, and once for all queries. */
interface Changed {
  readonly facts: RequestFacts
  readonly trace: () => Trace | undefined
  readonly json: () => string
}

/**
 * Makes the events of all queries from the same rows, so that a further query costs a comparison per changed trace. Pauses
 * every few milliseconds.
 */
export function createLiveEvents(
  store: Pick<Store, 'segments'>,
  requests: Pick<RequestReads, 'placedRows' | 'withWords'>,
) {
  const changedOf = (row: RequestRow, startedMs: number): Changed => ({
    facts: { ...row, startedMs },
    trace: once(() =>
      row.segments > 0 ? assembleTrace(row.traceId, store.segments.ofTrace(row.traceId)) : undefined,
    ),
    json: once(() => JSON.stringify(row)),
  })

  const readChanged = async (traceIds: readonly string[], pause: () => Promise<void> | undefined) => {
    const changed: Changed[] = []
    for (let at = 0; at < traceIds.length; at += READ_ROWS) {
      for (const { row, startedMs } of requests.placedRows(traceIds.slice(at, at + READ_ROWS))) {
        changed.push(changedOf(row, startedMs))
      }
      await pause()
    }
    return changed.sort((a, b) => b.facts.startedMs - a.facts.startedMs)
  }

  /** By text, the traces that have its words. */
  const readWords = async (
    queries: readonly LiveQuery[],
    traceIds: readonly string[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, ReadonlySet<string>>> => {
    const texts = [...new Set(queries.flatMap(({ question }) => question.text ?? []))]
    if (texts.length === 0 || traceIds.length === 0) return new Map()
    try {
      const found = await requests.withWords(texts, traceIds, signal)
      return new Map(texts.map((text, index) => [text, new Set(found[index])]))
    } catch (error) {
      // The read thread is busy or closing. The page lists these requests when it is read again.
      if (error instanceof HttpError) return new Map()
      throw error
    }
  }

  /** Yields a LiveEvent as JSON for each query that it concerns. */
  return async function* <Query extends LiveQuery>(
    queries: readonly Query[],
    { traceIds, logs, occurrences }: News,
    signal: AbortSignal,
  ): AsyncGenerator<readonly [Query, string]> {
    const pause = createTimeSlices()
    const words = await readWords(queries, traceIds, signal)
    const changed = signal.aborted ? [] : await readChanged(traceIds, pause)
    for (const query of queries) {
      await pause()
      if (signal.aborted) return
      const { question, matchesXRay } = query
      const withWords = question.text === undefined ? undefined : (words.get(question.text) ?? new Set())
      const found = changed.filter(
        ({ facts, trace }) =>
          matchesFilter(question.filter, facts) &&
          (withWords?.has(facts.traceId) ?? true) &&
          (!matchesXRay || isMatch(trace(), matchesXRay)),
      )
      if (found.length > 0 || logs > 0 || occurrences > 0) yield [query, eventOf(found, logs, occurrences)]
    }
  }
}

function isMatch(trace: Trace | undefined, matches: TraceMatcher): boolean {
  return trace !== undefined && matches(trace)
}

function eventOf(found: readonly Changed[], logs: number, occurrences: number): string {
  const rest = JSON.stringify({ logs, occurrences } satisfies Omit<LiveEvent, 'requests'>)
  return `{"requests":[${found.map(({ json }) => json()).join(',')}],${rest.slice(1)}`
}

function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}
