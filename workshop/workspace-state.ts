import type { Provider } from '../contracts/evidence.ts'
import { notYet, type Verdict } from './chapter.ts'
import type { ApiState, CheckContext } from './context.ts'
import { PROVIDER_NAMES } from './wording.ts'

const RESTART = 'npm run workshop -- restart'

/** How to switch a provider on that a chapter needs; undefined where it is on. */
export function findOff(modes: CheckContext['modes'], provider: Provider): Verdict | undefined {
  if (modes[provider] !== 'off') return undefined
  return notYet(
    `${PROVIDER_NAMES[provider]} is off.`,
    `npm run env -- ${provider.toUpperCase()}_ENABLED=true, then npm run setup`,
  )
}

/** What to do where the api does not run the code of now; undefined where it does. `send`: the command that comes next. */
export function findStale(apiState: ApiState, send: string): Verdict | undefined {
  if (apiState === 'current') return undefined
  return apiState === 'stopped' ? apiStopped(send) : apiOutdated(send)
}

export function apiOutdated(send: string): Verdict {
  return notYet(
    'The api runs without your last change: the services read the code when they start.',
    `${RESTART}, then ${send}`,
  )
}

export function apiStopped(send: string): Verdict {
  return notYet('The api is not running.', `${RESTART}, then ${send}`)
}
