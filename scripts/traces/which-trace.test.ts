import { expect, test } from 'vitest'
import type { RequestRow } from '../../contracts/sandbox/lists.ts'
import { whichTrace } from './which-trace.ts'

const ONE = '6b03338a3466b3a098d40d78df8756e6'
const OTHER = '6b03338b91c2d7a098d40d78df8756e7'
/** The sandbox finds the digits anywhere, also in another request's attributes. */
const reads = {
  requests: async () => ({
    requests: [ONE, OTHER].map((traceId) => ({ traceId }) as RequestRow),
    next: null,
    reachedMs: null,
  }),
}

test.each([
  [ONE, ONE],
  ['1-6b03338a-3466b3a098d40d78df8756e6', ONE],
  ['6B03338A', ONE],
  ['1-6b03338b-91c2', OTHER],
])('%s is the trace %s', async (text, traceId) => {
  expect(await whichTrace(reads, text)).toBe(traceId)
})

test.each([
  ['6b0333', 'TRACE_AMBIGUOUS'],
  ['abcdef12', 'TRACE_UNKNOWN'],
  ['6b0', 'TRACE_ID_INVALID'],
  ['GET /home', 'TRACE_ID_INVALID'],
  [`${ONE}00`, 'TRACE_ID_INVALID'],
])('%s is an error: %s', async (text, code) => {
  await expect(whichTrace(reads, text)).rejects.toMatchObject({ code })
})
