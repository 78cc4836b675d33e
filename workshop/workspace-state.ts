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

/**
 * What to do where the api does not run the code and the settings of now; undefined where it does. `send`: the command that
 * comes next. Another environment of the check is no reason to start the api again.
 */
export function findStale(apiState: ApiState, send: string): Verdict | undefined {
  if (apiState === 'stopped') return apiStopped(send)
  if (apiState === 'outdated') return apiOutdated(send)
  return apiState === 'old-settings' ? apiUnset(send) : undefined
}

function apiUnset(send: string): Verdict {
  return notYet(
    'The api runs without the last change of .env: the services read their settings when they start.',
    `${RESTART}, then ${send}`,
  )
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
