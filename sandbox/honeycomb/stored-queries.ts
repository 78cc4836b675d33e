import { QuerySpecification } from '../../contracts/sandbox/query.ts'
import { DEFAULT_TIME_RANGE_S } from '../../contracts/sandbox/query-words.ts'
import { HttpError } from '../http/answer.ts'
import { readSpecification } from '../query/engine/specification.ts'
import { apiIdOf } from './api-route.ts'

const DEFAULT_CALCULATIONS = QuerySpecification.parse({ calculations: [{ op: 'COUNT' }] }).calculations

export interface StoredQuery {
  readonly id: string
  readonly specification: QuerySpecification
}

export interface QueryLimits {
  readonly queries: number
  /** Of all questions together, as JSON. */
  readonly characters: number
}

/** Questions that were created, in memory. Beyond the limits the oldest are dropped, but never the newest. */
export function createStoredQueries(limits: QueryLimits) {
  const queries = new Map<string, StoredQuery & { readonly characters: number }>()
  let characters = 0
  const keyOf = (dataset: string, id: string) => `${dataset}/${id}`
  const drop = (key: string) => {
    characters -= queries.get(key)?.characters ?? 0
    queries.delete(key)
  }
  return {
    /** The same question to the same dataset has the same id, as at Honeycomb. Throws a QueryError (400) for a wrong one. */
    put(dataset: string, given: QuerySpecification): StoredQuery {
      // Parsed again, so that the keys are in the schema's order whichever were given.
      const specification = QuerySpecification.parse(withDefaults(given))
      readSpecification(specification, Date.now())
      const json = JSON.stringify(specification)
      const query = { id: apiIdOf(dataset, json), specification, characters: json.length }
      const key = keyOf(dataset, query.id)
      drop(key)
      queries.set(key, query)
      characters += query.characters
      while (queries.size > 1 && (queries.size > limits.queries || characters > limits.characters)) {
        drop(queries.keys().next().value ?? '')
      }
      return query
    },
    /** Throws an HttpError (404). */
    get(dataset: string, id: string): StoredQuery {
      const query = queries.get(keyOf(dataset, id))
      if (!query) throw new HttpError(404, 'Query not found')
      return query
    },
  }
}

/** The specification as Honeycomb answers it: with the defaults, and without clauses that say nothing. */
function withDefaults(given: QuerySpecification): QuerySpecification {
  const { filter_combination, granularity, start_time, time_range } = given
  return {
    ...given,
    id: undefined,
    calculations: orUndefined(given.calculations) ?? DEFAULT_CALCULATIONS,
    filters: orUndefined(given.filters),
    filter_combination: filter_combination === 'OR' ? 'OR' : undefined,
    breakdowns: orUndefined(given.breakdowns),
    orders: orUndefined(given.orders),
    havings: orUndefined(given.havings),
    calculated_fields: orUndefined(given.calculated_fields),
    granularity: granularity || undefined,
    // A question with a start alone ends now.
    time_range: time_range ?? (start_time === undefined ? DEFAULT_TIME_RANGE_S : undefined),
  }
}

function orUndefined<Item>(list: Item[] | undefined): Item[] | undefined {
  return list && list.length > 0 ? list : undefined
}
