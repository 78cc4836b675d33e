import type {
  BubbleUpAnswer,
  BubbleUpQuestion,
  ColumnList,
  QueryAnswer,
  QuerySpecification,
} from '../../contracts/sandbox/query.ts'

/** What a caller may set besides the specification. */
export interface QueryOptions {
  /** The slug of a dataset, or `__all__`. */
  readonly dataset: string
  /** Ends the question early. */
  readonly signal: AbortSignal
  /** By default logarithmic where the values spread over more than two powers of ten. */
  readonly heatmapScale?: 'linear' | 'logarithmic' | undefined
}

/**
 * Answers questions over the stored events. Every function rejects with a QueryError: 400 for a wrong specification, 404
 * for an unknown dataset, 503 when too many questions wait or one takes too long. Nothing is loaded before the first call.
 */
export interface QueryService {
  query(question: QuerySpecification, options: QueryOptions): Promise<QueryAnswer>
  bubbleUp(question: BubbleUpQuestion, options: QueryOptions): Promise<BubbleUpAnswer>
  columns(
    filter: { readonly column?: string | undefined; readonly contains?: string | undefined },
    options: QueryOptions,
  ): Promise<ColumnList>
  close(): Promise<void>
}
