import { MAX_REQUESTS_PAGE } from '../../contracts/sandbox/list-words.ts'
import { parseTraceId } from '../../contracts/trace-id.ts'
import { UserError } from '../../contracts/user-error.ts'
import type { SandboxReads } from '../sandbox-reads/sandbox-reads.ts'

/** Fewer digits of an id fit too many requests. */
const LEAST_DIGITS = 6

/**
 * The trace id that was typed: whole in either notation, or its first digits, as the list shows them. Throws a UserError:
 * TRACE_ID_INVALID, TRACE_UNKNOWN, and TRACE_AMBIGUOUS where several begin like it.
 */
export async function whichTrace(reads: Pick<SandboxReads, 'requests'>, text: string): Promise<string> {
  const whole = parseTraceId(text)
  if (whole) return whole
  const digits = text.trim().toLowerCase().replace(/^1-/, '').replaceAll('-', '')
  if (!/^[0-9a-f]+$/.test(digits) || digits.length < LEAST_DIGITS || digits.length > 31) {
    throw new UserError({
      code: 'TRACE_ID_INVALID',
      what: 'That is not a trace id: 32 hex digits, X-Ray’s notation 1-8-24, or the first digits, six at least.',
      fix: 'List the stored ones: npm run traces -- find',
    })
  }
  const { requests } = await reads.requests({ text: digits, limit: MAX_REQUESTS_PAGE })
  const found = requests.map(({ traceId }) => traceId).filter((traceId) => traceId.startsWith(digits))
  const [traceId, other] = found
  if (traceId && !other) return traceId
  if (traceId) {
    throw new UserError({
      code: 'TRACE_AMBIGUOUS',
      what: `${found.length} stored traces begin with ${digits}: ${found.slice(0, 4).join(', ')}${found.length > 4 ? ' …' : '.'}`,
      fix: 'Give more digits of the one that you mean',
    })
  }
  throw new UserError({
    code: 'TRACE_UNKNOWN',
    what: `The sandbox has no trace that begins with ${digits}.`,
    fix: 'List what is stored: npm run traces -- find',
  })
}
