import { attribute, type SpanEvidence } from '../../contracts/evidence.ts'
import { met, notChecked, type Verdict } from '../chapter.ts'
import { type Exercise, explainMistake, isChangedAfterEnd, type Observed } from '../exercise.ts'
import { quoted } from '../wording.ts'

export const SPAN = 'search-activities'
export const RESULTS = 'app.search.results'
/** Source: https://opentelemetry.io/docs/specs/semconv/registry/attributes/db/#db-response-returned-rows */
const RETURNED_ROWS = 'db.response.returned_rows'
/**
 * How far apart the clocks of two spans of one process may be (ms): the SDK takes the start from a clock of whole
 * milliseconds, and the duration from a finer one.
 */
const SKEW_MS = 1.5

/** A search as its trace tells it. */
export interface Search extends Observed {
  /** The learner's span. */
  readonly own: SpanEvidence | undefined
  readonly queries: readonly SpanEvidence[]
  /** What the learner's span says. */
  readonly results: unknown
  /** What the queries below the learner's span returned; empty where their spans do not say. */
  readonly rows: readonly number[]
  /** Whether the span is at its place with the right number, or one that cannot be compared. */
  readonly isRight: boolean
}

export function readSearch({ trace, server }: Observed): Search {
  const { spans } = trace
  const own = spans.find(({ name, service }) => name === SPAN && service === server.service)
  const queries = spans.filter(({ statement }) => statement !== undefined)
  const below = queries.filter(({ parentId }) => parentId === own?.id)
  const rows = below
    .map((query) => attribute(query, RETURNED_ROWS))
    .filter((value) => typeof value === 'number')
  const results = own && attribute(own, RESULTS)
  const isRight =
    own?.parentId === server.id &&
    below.length > 0 &&
    typeof results === 'number' &&
    (rows.length === 0 || rows.includes(results))
  return { trace, server, own, queries, results, rows, isRight }
}

/** Whether the learner's span has arrived; else whether it has another name or never ends. */
export function judgeSpan(search: Search, exercise: Exercise): Verdict {
  const { own, queries, server, trace } = search
  if (own) return met(`in ${trace.traceId}`)
  const other = trace.spans.find(
    (span) =>
      span.service === server.service && !span.isServer && !span.isCall && span.statement === undefined,
  )
  if (other) {
    return explainMistake(
      exercise,
      `The trace ${trace.traceId} has a span called ${quoted(other.name)}, and none called ${SPAN}.`,
      `Name the span ${SPAN} in backend/api/search-activities.ts`,
    )
  }
  const ids = new Set(trace.spans.map(({ id }) => id))
  const orphan = queries.find(({ parentId }) => parentId !== undefined && !ids.has(parentId))
  if (orphan) {
    return explainMistake(
      exercise,
      `In the trace ${trace.traceId} the query is below a span that has not arrived: your span never ends, and only spans that have ended are sent.`,
      'End it: finally { span.end() }',
    )
  }
  return explainMistake(
    exercise,
    `The trace ${trace.traceId} has no span of yours. A span that is never ended is never sent.`,
    `Create ${SPAN} in backend/api/search-activities.ts, end it in finally, and save the file`,
  )
}

/** Whether the span is a child of the request's span and the parent of the query's. */
export function judgePlace(search: Search, exercise: Exercise): Verdict {
  const { own, queries, server, trace } = search
  if (!own) return judgeSpan(search, exercise)
  if (own.parentId !== server.id) {
    return explainMistake(
      exercise,
      `The span ${SPAN} of trace ${trace.traceId} is not a child of the request’s span.`,
      'Start it with tracer.startActiveSpan inside the handler, without other options',
    )
  }
  const below = queries.findLast(({ parentId }) => parentId === own.id)
  const ownEndMs = own.startMs + own.durationMs
  if (below) {
    if (ownEndMs + SKEW_MS < below.startMs + below.durationMs) {
      return explainMistake(
        exercise,
        `The span ${SPAN} of trace ${trace.traceId} ended before its query did.`,
        'Write await before activities.search(term), so that finally comes after the answer',
      )
    }
    return met(`${server.name} → ${SPAN} → ${below.name}`)
  }
  const [query] = queries
  const [what, fix] = whereIs(query, own, ownEndMs)
  return explainMistake(exercise, `In the trace ${trace.traceId} ${what}`, fix)
}

/** Where the query is that is not below the learner's span. */
function whereIs(query: SpanEvidence | undefined, own: SpanEvidence, ownEndMs: number): [string, string] {
  if (!query) {
    return [
      'there is no query: the search did not ask the database.',
      'Call activities.search inside the callback of startActiveSpan',
    ]
  }
  // Durations have no skew: a span around the query is at least as long.
  const isShorter = own.durationMs < query.durationMs
  if (query.startMs + (isShorter ? SKEW_MS : 0) >= ownEndMs) {
    return [
      `the query began after ${SPAN} had ended: the span is around nothing.`,
      'Call await activities.search(term) between the start of the span and span.end()',
    ]
  }
  if (query.startMs + query.durationMs <= own.startMs + (isShorter ? SKEW_MS : 0)) {
    return [
      `the query was over before ${SPAN} began.`,
      'Call await activities.search(term) inside the callback of startActiveSpan, not before it',
    ]
  }
  return [
    `the query ran while ${SPAN} was open, but beside it, not below it: startSpan creates a span without making it the active one.`,
    `Use tracer.startActiveSpan('${SPAN}', async (span) => { … }), and search inside the callback`,
  ]
}

/** Whether the span has the attribute, as a number. */
export function judgeNumber(search: Search, exercise: Exercise): Verdict {
  const { own, results, server, trace } = search
  if (typeof results === 'number') return met(`${RESULTS} = ${results}`)
  if (!own) return judgeSpan(search, exercise)
  if (results !== undefined) {
    return explainMistake(
      exercise,
      `${RESULTS} is the ${typeof results === 'string' ? 'text' : 'value'} ${JSON.stringify(results)}, not a number, so no question can calculate with it.`,
      `span.setAttribute('${RESULTS}', posts.length)`,
    )
  }
  if (isChangedAfterEnd(exercise, search, own)) {
    return explainMistake(
      exercise,
      `The span ${SPAN} of trace ${trace.traceId} was changed after span.end(), when it had been sent: its log has the warning “Cannot execute the operation on ended Span”.`,
      'Set the attribute before span.end(), inside the callback',
    )
  }
  if (attribute(server, RESULTS) !== undefined) {
    return explainMistake(
      exercise,
      `${RESULTS} is an attribute of the request’s span, not of ${SPAN}.`,
      'Set it on the span that the callback of startActiveSpan gets: span.setAttribute',
    )
  }
  const names = Object.keys(own.attributes).filter((name) =>
    /^app[._]|result|search|length|count/i.test(name),
  )
  return explainMistake(
    exercise,
    names.length > 0
      ? `The span ${SPAN} of trace ${trace.traceId} has ${names.join(', ')}, and no ${RESULTS}.`
      : `The span ${SPAN} of trace ${trace.traceId} has no attribute ${RESULTS}, or its value was undefined.`,
    `span.setAttribute('${RESULTS}', posts.length), after await`,
  )
}

/** Whether the number is how many rows the database returned. */
export function judgeRows(search: Search, exercise: Exercise): Verdict {
  const { results, rows, trace } = search
  if (rows.length === 0) return notChecked('the provider has no number of rows for the query')
  if (rows.includes(Number(results))) return met(`${results} in ${trace.traceId}`)
  return explainMistake(
    exercise,
    `In the trace ${trace.traceId} your span says ${results}, the query returned ${rows.at(-1)}.`,
    'Set the attribute to the length of what activities.search returned',
  )
}
