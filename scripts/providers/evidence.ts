import type { Mode } from '../../settings/providers.ts'

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
  try {
    const response = await fetch(url, { headers, signal: AbortSignal.timeout(READ_TIMEOUT_MS) })
    if (response.ok) return await response.json()
    await response.body?.cancel()
  } catch {
    // Not there yet, or not there at all: the caller asks again until its deadline.
  }
  return undefined
}

const READ_TIMEOUT_MS = 5_000
