import type { Provider } from '../contracts/evidence.ts'
import { notYet, type Verdict } from './chapter.ts'
import type { ApiState, CheckContext } from './context.ts'

const SWITCHES: Readonly<Record<Provider, { readonly name: string; readonly variable: string }>> = {
  honeycomb: { name: 'Honeycomb', variable: 'HONEYCOMB_ENABLED' },
  xray: { name: 'X-Ray', variable: 'XRAY_ENABLED' },
  rollbar: { name: 'Rollbar', variable: 'ROLLBAR_ENABLED' },
}
const RESTART = 'npm run workshop -- restart'

/** How to switch a provider on that a chapter needs; undefined where it is on. */
export function findOff(modes: CheckContext['modes'], provider: Provider): Verdict | undefined {
  if (modes[provider] !== 'off') return undefined
  const { name, variable } = SWITCHES[provider]
  return notYet(`${name} is off.`, `npm run env -- ${variable}=true, then npm run setup`)
}

/** What to do where the api does not run the code of now; undefined where it does. `send`: the command that comes next. */
export function findStale(apiState: ApiState, send: string): Verdict | undefined {
  if (apiState === 'current') return undefined
  if (apiState === 'stopped') return apiStopped(send)
  return notYet(
    'The api runs without your last change: the services read the code when they start.',
    `${RESTART}, then ${send}`,
  )
}

export function apiStopped(send: string): Verdict {
  return notYet('The api is not running.', `${RESTART}, then ${send}`)
}
