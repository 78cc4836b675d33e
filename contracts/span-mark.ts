/** By what a span is recognised. A span has the mark if every member that is set holds for it. */
export interface SpanMark {
  readonly as: 'query' | 'call' | 'span'
  /** The text of a query. */
  readonly statement?: string
  /** The path of a call, without the query string. */
  readonly path?: string
  /** The status with which the call is answered. */
  readonly status?: number
  /** The least number of calls to the path below the same parent. */
  readonly times?: number
  /** Whether these calls have different query strings, or are all equal. */
  readonly calls?: 'different' | 'equal'
  /** The name of a span that is neither a query nor a call. */
  readonly name?: string
  /** Attributes of the span; of a call, also of the callee's server span. */
  readonly attributes?: Readonly<Record<string, string | boolean | RegExp>>
  /** The shortest duration, ms. */
  readonly minMs?: number
}
