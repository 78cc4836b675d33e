import type { Problem } from '../evidence.ts'

/**
 * What a provider says of a key. good: it knows the key, and what the workspace needs may be done with it. bad: it does
 * not, or it may not. unknown: nobody could be asked, which says nothing of the key.
 */
export type Verdict =
  | {
      readonly outcome: 'good'
      /** Whose key it is and what it may do, without the key. */
      readonly says: string
      /** What works, but not for everything that the workspace offers. */
      readonly note?: Problem
    }
  | ({ readonly outcome: 'bad' | 'unknown' } & Problem)

export function bad(what: string, fix: string): Verdict {
  return { outcome: 'bad', what, fix }
}

export function unknown(what: string, fix: string): Verdict {
  return { outcome: 'unknown', what, fix }
}
