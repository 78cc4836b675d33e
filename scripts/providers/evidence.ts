import type { Mode } from '../../settings/providers.ts'
import { ask } from './keys/ask.ts'

/**
 * How far a trace is proved. found: read back from the provider. accepted: the provider answered its delivery with
 * 2xx, which is all that can be known without a key that reads. missing: neither. off: nothing was sent.
 */
export type State = 'found' | 'accepted' | 'missing' | 'off'

/** What is wrong, and what a person can do about it. */
export interface Problem {
  readonly what: string
  readonly fix: string
}

export interface Evidence {
  readonly mode: Mode
  readonly state: State
  /** The page that shows it; absent where the provider is off or its page cannot be known. */
  readonly url?: string
  /** What was seen, in a few words. */
  readonly seen: string
}

export interface HoneycombEvidence extends Evidence {
  readonly spans: number
}

export interface XRayEvidence extends Evidence {
  readonly segments: number
  readonly subsegments: number
}

export interface RollbarEvidence extends Evidence {
  readonly uuid: string | undefined
}

/** Asks for JSON; undefined where there is no answer in time, no 2xx, or no JSON. */
export async function getJson(url: string, headers: Record<string, string> = {}): Promise<unknown> {
  // A sentence says why there is none: not there yet, or not at all. The caller asks again until its deadline.
  const answer = await ask(url, headers, READ_TIMEOUT_MS)
  return typeof answer !== 'string' && answer.status >= 200 && answer.status < 300 ? answer.body : undefined
}

const READ_TIMEOUT_MS = 5_000
