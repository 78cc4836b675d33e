import { assembleTrace, type Trace } from '../../sandbox/xray/trace.ts'

const TRACE_ID = '6921f3a00123456789abcdef01234567'

/** A trace of segment documents, which need not name it. */
export function traceOf(...documents: readonly Record<string, unknown>[]): Trace {
  const stored = documents.map((document) => ({
    id: String(document.id),
    document: JSON.stringify({ trace_id: '1-6921f3a0-0123456789abcdef01234567', ...document }),
  }))
  const trace = assembleTrace(TRACE_ID, stored)
  if (!trace) throw new Error('a trace has documents')
  return trace
}

/** An id of 16 digits. */
export function idOf(number: number): string {
  return number.toString(16).padStart(16, '0')
}
