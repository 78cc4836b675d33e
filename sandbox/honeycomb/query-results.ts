import { randomUUID } from 'node:crypto'
import type { QuerySpecification } from '../../contracts/sandbox/query.ts'
import { HttpError } from '../http/answer.ts'
import type { QueryService } from '../query/query-service.ts'
import type { ResultParts } from '../query/result-data.ts'
import { apiIdOf } from './api-route.ts'

/** The part of the question service that this API uses. */
export interface QueryApi extends Pick<QueryService, 'columns'> {
  readonly json: Pick<QueryService['json'], 'resultData'>
}

export interface ResultLimits {
  readonly results: number
  /** Of the questions and the data of all results together. The newest result may have more. */
  readonly characters: number
  /** How long a result is kept, ms. */
  readonly expiryMs: number
}

/** The options of `POST /1/query_results/<dataset>`. */
export interface ResultOptions extends ResultParts {
  readonly dataset: string
  readonly queryId: string
  readonly specification: QuerySpecification
  /** Replaces the specification's. */
  readonly limit: number | undefined
}

export interface QueryResult {
  readonly id: string
  readonly dataset: string
  readonly queryId: string
  readonly specification: QuerySpecification
  /** Undefined while the question waits or runs. */
  outcome?: { readonly dataJson: string; readonly completedMs: number } | { readonly error: unknown }
}

/**
 * Runs questions in the background, one at a time and in the order of their creation, so that most of the service is left
 * to the Ask page. A result that is dropped or expires ends its question.
 */
export function createQueryResults(service: QueryApi, limits: ResultLimits) {
  const kept = new Map<string, { result: QueryResult; characters: number; drop(): void }>()
  let last: Promise<void> = Promise.resolve()
  const keyOf = (dataset: string, id: string) => `${dataset}/${id}`

  const dropOldest = () => {
    const characters = () => kept.values().reduce((sum, entry) => sum + entry.characters, 0)
    while (kept.size > 1 && (kept.size > limits.results || characters() > limits.characters)) {
      kept.values().next().value?.drop()
    }
  }

  return {
    create(options: ResultOptions): QueryResult {
      const { dataset, queryId, limit } = options
      const specification = limit === undefined ? options.specification : { ...options.specification, limit }
      const result: QueryResult = { id: apiIdOf(randomUUID()), dataset, queryId, specification }
      const key = keyOf(dataset, result.id)
      const ending = new AbortController()
      const { signal } = ending
      const entry = {
        result,
        characters: JSON.stringify(specification).length,
        drop() {
          clearTimeout(expiry)
          kept.delete(key)
          ending.abort()
        },
      }
      const expiry = setTimeout(entry.drop, limits.expiryMs).unref()
      kept.set(key, entry)
      dropOldest()
      last = last.then(async () => {
        if (signal.aborted) return
        try {
          const data = await service.json.resultData(specification, options, { dataset, signal })
          const dataJson = String(data)
          result.outcome = { dataJson, completedMs: Date.now() }
          entry.characters += dataJson.length
          dropOldest()
        } catch (error) {
          result.outcome = { error }
        }
      })
      return result
    },
    /** Throws an HttpError (404). */
    get(dataset: string, id: string): QueryResult {
      const entry = kept.get(keyOf(dataset, id))
      if (!entry) throw new HttpError(404, 'Query result not found')
      return entry.result
    },
  }
}
