import { z } from 'zod'
import type { TraceLenses } from '../../../contracts/sandbox/lenses.ts'
import type { SandboxReads } from '../../sandbox-reads/sandbox-reads.ts'
import { whichTrace } from '../../traces/which-trace.ts'

export const traceId = z
  .string()
  .max(100)
  .describe('A trace id in W3C’s or X-Ray’s notation, or its first digits: six at least')

/** The trace of a given id. Throws a UserError as `whichTrace` and `trace` do. */
export async function readTrace(
  reads: Pick<SandboxReads, 'requests' | 'trace'>,
  id: string,
): Promise<TraceLenses> {
  return reads.trace(await whichTrace(reads, id))
}

/** The lenses that have a tree. */
export const lens = z
  .enum(['honeycomb', 'xray'])
  .optional()
  .describe(
    'honeycomb: OpenTelemetry’s spans; xray: X-Ray’s segments. Without it: honeycomb where it has spans, else xray',
  )
