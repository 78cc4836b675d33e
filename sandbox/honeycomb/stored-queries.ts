import { QuerySpecification } from '../../contracts/sandbox/query.ts'
import { HttpError } from '../http/answer.ts'
import { readSpecification } from '../query/engine/specification.ts'
import { apiIdOf } from './api-route.ts'

const DEFAULT_CALCULATIONS = QuerySpecification.parse({ calculations: [{ op: 'COUNT' }] }).calculations
/** s */
const DEFAULT_TIME_RANGE = 7_200

export interface StoredQuery {
  readonly id: string
  readonly specification: QuerySpecification
}

/** Questions that were created, in memory: at most `maxQueries`, of which the oldest is dropped. */
export function createStoredQueries(maxQueries: number) {
  const queries = new Map<string, StoredQuery>()
  const keyOf = (dataset: string, id: string) => `${dataset}/${id}`
  return {
    /** The same question to the same dataset has the same id, as at Honeycomb. Throws a QueryError (400) for a wrong one. */
    put(dataset: string, given: QuerySpecification): StoredQuery {
      // Parsed again, so that the keys are in the schema's order whichever were given.
      const specification = QuerySpecification.parse(withDefaults(given))
      readSpecification(specification, Date.now())
      const query = { id: apiIdOf(dataset, JSON.stringify(specification)), specification }
      const key = keyOf(dataset, query.id)
      queries.delete(key)
      queries.set(key, query)
      const [oldest] = queries.keys()
      if (queries.size > maxQueries && oldest !== undefined) queries.delete(oldest)
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
    time_range: time_range ?? (start_time === undefined ? DEFAULT_TIME_RANGE : undefined),
  }
}

function orUndefined<Item>(list: Item[] | undefined): Item[] | undefined {
  return list && list.length > 0 ? list : undefined
}
