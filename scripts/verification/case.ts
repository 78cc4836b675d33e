import type { Providers } from '../../settings/providers.ts'
import { serviceName } from '../../settings/providers.ts'
import type { Settings } from '../../settings/read.ts'
import { poll } from '../machine/poll.ts'
import type { Problem } from '../providers/evidence.ts'
import { readBackendHealth } from './backend-health.ts'
import type { Answer } from './request.ts'

/** How long evidence is waited for, in milliseconds: X-Ray indexes a trace for some ten seconds, Rollbar for five. */
export const DEADLINES_MS = { local: 10_000, live: 60_000 }

/** How much longer it takes behind a collector's gateway, which waits ten seconds before it decides on a trace. */
export const COLLECTED_MS = 20_000

export interface VerifyOptions {
  /** Where a browser finds the sandbox's page, if not where this process does. */
  readonly sandboxPage: string
  readonly deadlinesMs?: typeof DEADLINES_MS
}

/** What the looking for one provider's part of the traces needs to know. */
export interface Case {
  readonly settings: Settings
  readonly providers: Providers
  readonly options: VerifyOptions
  /** Where the api is. */
  readonly api: string
  readonly good: Answer
  readonly failing: Answer
  /** The services whose part of a trace is expected: those that are up. */
  readonly services: ReadonlySet<string>
  readonly problems: Problem[]
  /** The api's spans go through an OpenTelemetry Collector, which makes X-Ray's segments of them. */
  readonly isCollected: boolean
  readonly deadlineMs: (mode: string) => number
}

/** Whether the api's own deliveries of the failing request were answered 2xx, within the deadline. */
export async function waitForAccepted(inCase: Case, provider: 'honeycomb' | 'rollbar'): Promise<boolean> {
  const accepted = await poll(
    async () => {
      const health = await readBackendHealth(inCase.api)
      return health?.providers[provider].recentTraceIds.includes(inCase.failing.traceId) || undefined
    },
    { deadlineMs: inCase.deadlineMs('local'), everyMs: 250 },
  )
  return accepted === true
}

/** Why a provider lacks what it should have: in the words of the service that tried, if it knows. */
export async function missing(
  { settings, failing, api }: Case,
  provider: 'honeycomb' | 'rollbar',
  name: string,
  lacks = 'the trace',
): Promise<Problem> {
  const health = await readBackendHealth(api)
  const delivery = health?.providers[provider]
  const error = delivery?.lastError
  // An older error explains as much, where nothing has been accepted since the process began.
  const isOurs =
    error !== undefined && (delivery?.accepted === 0 || Date.parse(error.at) >= failing.startedAt - 1_000)
  return {
    what: `${name} lacks ${lacks}${isOurs ? `: ${error.message}` : ''}.`,
    fix: isOurs
      ? `npm run logs -- api; npm run env shows what ${serviceName(settings)} was told.`
      : 'npm run status shows what each process sent.',
  }
}

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
