import { randomUUID } from 'node:crypto'
import { parseTraceId } from '../../trace/id.ts'

export interface Retrieval {
  /** 32 hex digits each. */
  readonly traceIds: readonly string[]
  /** Epoch seconds; a trace that began outside is not retrieved. */
  readonly startS: number
  readonly endS: number
  isCancelled: boolean
}

/** As many as a class at work has; the oldest are forgotten, as AWS forgets a retrieval after a while. */
const MAX_RETRIEVALS = 500

/** What StartTraceRetrieval was asked for, by its token. They end with the process: whoever still wants one asks again. */
export function createRetrievals() {
  const retrievals = new Map<string, Retrieval>()
  return {
    start(ids: readonly string[], startS: number, endS: number): string {
      const token = randomUUID()
      const traceIds = [...new Set(ids.flatMap((id) => parseTraceId(id) ?? []))]
      retrievals.set(token, { traceIds, startS, endS, isCancelled: false })
      const [oldest] = retrievals.keys()
      if (retrievals.size > MAX_RETRIEVALS && oldest) retrievals.delete(oldest)
      return token
    },
    find: (token: string): Retrieval | undefined => retrievals.get(token),
  }
}
