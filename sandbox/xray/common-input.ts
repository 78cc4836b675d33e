import { z } from 'zod'
import { invalidRequest } from './error.ts'

const MAX_TRACE_IDS = 5

/** `TraceIds`, of the operations that look traces up. */
export const TRACE_IDS = z.array(z.string().min(1).max(35)).min(1).max(MAX_TRACE_IDS, 'at most 5 trace ids')

/** `NextToken`, of the operations that give everything at once: none was ever handed out. */
export const NO_TOKEN = z.never({ error: 'Invalid NextToken' }).optional()

/** `StartTime` and `EndTime`, of the operations that go by time. */
export const TIME_RANGE = z.object({
  StartTime: z.number({ error: 'StartTime is required, in epoch seconds' }),
  EndTime: z.number({ error: 'EndTime is required, in epoch seconds' }),
})

/** Throws where the end is before the beginning, or the range is longer than the operation takes. */
export function checkRange({ StartTime, EndTime }: z.output<typeof TIME_RANGE>, maxHours?: number): void {
  if (EndTime < StartTime) throw invalidRequest('StartTime is after EndTime')
  if (maxHours !== undefined && EndTime - StartTime > maxHours * 3_600) {
    throw invalidRequest(`The time range is longer than ${maxHours} hours`)
  }
}
