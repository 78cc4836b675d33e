import type { HttpError } from '../http/answer.ts'

const MAX_REASONS = 60

export type ReceivingProvider = 'honeycomb' | 'xray' | 'rollbar'

/** What a provider's door turned away, and why. */
export interface HttpErrorCount {
  readonly provider: ReceivingProvider
  readonly path: string
  readonly status: number
  readonly message: string
  readonly count: number
  /** Epoch milliseconds. */
  readonly lastMs: number
}

/** X-Ray's operations are paths with a capital. */
const DOORS: readonly (readonly [RegExp, ReceivingProvider])[] = [
  [/^\/(v1|1)\//, 'honeycomb'],
  [/^\/api\/1\//, 'rollbar'],
  [/^\/[A-Z]/, 'xray'],
]

/** Counts httpErrors by their reason, the latest reasons alone. */
export function createHttpErrorLog() {
  const reasons = new Map<string, HttpErrorCount>()
  return {
    add(path: string, { status, message }: HttpError): void {
      const provider = DOORS.find(([pattern]) => pattern.test(path))?.[1]
      if (!provider) return
      const key = `${path} ${status} ${message}`.slice(0, 500)
      const count = (reasons.get(key)?.count ?? 0) + 1
      reasons.delete(key)
      const said = { path: path.slice(0, 200), message: message.slice(0, 500) }
      reasons.set(key, { provider, status, ...said, count, lastMs: Date.now() })
      const [oldest] = reasons.keys()
      if (reasons.size > MAX_REASONS && oldest !== undefined) reasons.delete(oldest)
    },
    /** The latest first. */
    list: (): HttpErrorCount[] => [...reasons.values()].reverse(),
  }
}
