import type { BubbleUpQuestion, ColumnList, QuerySpecification } from '../../contracts/sandbox/query.ts'
import type { ReadThread } from '../read-thread/read-thread.ts'
import type { ResultParts } from './result-data.ts'

/** What a caller may set besides the specification. */
export interface QueryOptions {
  /** The slug of a dataset, or `__all__`. */
  readonly dataset: string
  /** Ends the question early. */
  readonly signal: AbortSignal
}

/** Which columns and values to list; by default every column with its most frequent values. */
export interface ColumnFilter {
  readonly column?: string | undefined
  /** Values that contain this text; upper and lower case are the same. */
  readonly contains?: string | undefined
}

/**
 * Answers questions over the stored events. Every function rejects with a QueryError: 400 for a wrong specification, 404
 * for an unknown dataset, 503 when too many questions wait or one takes too long. Nothing is loaded before the first call.
 */
export interface QueryService {
  columns(filter: ColumnFilter, options: QueryOptions): Promise<ColumnList>
  /** Answers as JSON: a QueryAnswer, a BubbleUpAnswer, a ColumnList. They are sent as the thread wrote them. */
  readonly json: {
    query(question: QuerySpecification, options: QueryOptions): Promise<Buffer>
    bubbleUp(question: BubbleUpQuestion, options: QueryOptions): Promise<Buffer>
    columns(filter: ColumnFilter, options: QueryOptions): Promise<Buffer>
    /** The answer in the form of Honeycomb's Query Data API. */
    resultData(question: QuerySpecification, parts: ResultParts, options: QueryOptions): Promise<Buffer>
  }
}

export function createQueryService(thread: ReadThread): QueryService {
  const json: QueryService['json'] = {
    query: (question, { dataset, signal }) => thread.ask({ kind: 'query', question, dataset }, signal),
    bubbleUp: (question, { dataset, signal }) => thread.ask({ kind: 'bubble-up', question, dataset }, signal),
    columns: (filter, { dataset, signal }) => thread.ask({ kind: 'columns', ...filter, dataset }, signal),
    resultData: (question, { withSeries, withTotals }, { dataset, signal }) =>
      thread.ask({ kind: 'result data', question, parts: { withSeries, withTotals }, dataset }, signal),
  }
  return {
    json,
    columns: async (...given) => JSON.parse(String(await json.columns(...given))) as ColumnList,
  }
}
