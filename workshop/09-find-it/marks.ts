import { attribute, type SpanEvidence, type TraceEvidence } from '../../contracts/evidence.ts'
import type { SpanMark } from '../../contracts/span-mark.ts'

type Spans = Pick<TraceEvidence, 'spans'>

/** Whether a span has a mark. For a call, the callee's server span has it too. */
export function hasMark(span: SpanEvidence, mark: SpanMark, trace: Spans): boolean {
  if (mark.as === 'query') return span.statement !== undefined && span.statement === mark.statement
  if (mark.as === 'span')
    return span.name === mark.name && isSlowEnough(span, mark) && hasAttributes([span], mark)
  const call = callOf(span, trace)
  const ends = call.id === span.id ? [span, ...calleesOf(call, trace)] : [call, span]
  return (
    pathOf(span) === mark.path &&
    (mark.status === undefined || ends.some(({ status }) => status === mark.status)) &&
    isSlowEnough(span, mark) &&
    hasAttributes(ends, mark) &&
    isRepeated(call, mark, trace)
  )
}

/** The call that a callee's server span belongs to; any other span itself. */
export function callOf(span: SpanEvidence, { spans }: Spans): SpanEvidence {
  const parent = span.isServer ? spans.find(({ id }) => id === span.parentId) : undefined
  return parent?.isCall ? parent : span
}

function calleesOf({ id }: SpanEvidence, { spans }: Spans): SpanEvidence[] {
  return spans.filter(({ parentId, isServer }) => isServer && parentId === id)
}

function pathOf(span: SpanEvidence): unknown {
  return span.isCall || span.isServer ? attribute(span, 'url.path') : undefined
}

function isSlowEnough({ durationMs }: SpanEvidence, { minMs = 0 }: SpanMark): boolean {
  return durationMs >= minMs
}

function hasAttributes(spans: readonly SpanEvidence[], { attributes = {} }: SpanMark): boolean {
  return Object.entries(attributes).every(([name, wanted]) =>
    spans.some((span) => {
      const value = attribute(span, name)
      return wanted instanceof RegExp ? wanted.test(String(value)) : value === wanted
    }),
  )
}

function isRepeated(call: SpanEvidence, { path, times = 1, calls }: SpanMark, trace: Spans): boolean {
  if (pathOf(call) !== path) return false
  const { count, distinct } = countCalls(call, trace)
  if (count < times) return false
  if (calls === undefined || distinct === undefined) return true
  return calls === 'equal' ? distinct === 1 : distinct >= times
}

/** How many calls to the same path there are below the same parent, and how many different query strings they have. */
export function countCalls(
  call: SpanEvidence,
  { spans }: Spans,
): { readonly count: number; readonly distinct: number | undefined } {
  const siblings = spans.filter(
    (one) =>
      one.isCall &&
      one.parentId === call.parentId &&
      one.service === call.service &&
      pathOf(one) === pathOf(call),
  )
  // X-Ray returns no query string of some pipelines: then only their number is known.
  const queries = siblings.flatMap((one) => attribute(one, 'url.query') ?? [])
  return {
    count: siblings.length,
    distinct: queries.length < siblings.length ? undefined : new Set(queries).size,
  }
}
