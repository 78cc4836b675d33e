import { randomUUID } from 'node:crypto'

/** After this a retrieval is not known any more. Source: API_StartTraceRetrieval. */
const LIFETIME_MS = 60 * 60_000
/** The oldest goes first; a hundred ids each, that is a few MB. */
const MAX_RETRIEVALS = 1_000

export interface Retrieval {
  /** 32 hex digits each. */
  readonly traceIds: readonly string[]
  /** Epoch seconds, both inclusive. */
  readonly fromS: number
  readonly toS: number
  readonly isCancelled: boolean
}

/** The retrievals of an account, by their tokens. They are under way at AWS for minutes, and are not kept here longer. */
export function createRetrievals(nowMs: () => number = Date.now) {
  const known = new Map<string, Retrieval & { readonly startedMs: number }>()
  const forget = () => {
    for (const [token, { startedMs }] of known) {
      if (known.size < MAX_RETRIEVALS && nowMs() - startedMs < LIFETIME_MS) return
      known.delete(token)
    }
  }
  return {
    /** Gives the token. */
    start(traceIds: readonly string[], fromS: number, toS: number): string {
      forget()
      const token = randomUUID()
      known.set(token, { traceIds, fromS, toS, isCancelled: false, startedMs: nowMs() })
      return token
    },
    find(token: string): Retrieval | undefined {
      const retrieval = known.get(token)
      return retrieval && nowMs() - retrieval.startedMs < LIFETIME_MS ? retrieval : undefined
    },
    cancel(token: string): void {
      const retrieval = known.get(token)
      if (retrieval) known.set(token, { ...retrieval, isCancelled: true })
    },
  }
}
