import { plural } from '../../analysis/format.ts'
import { providers } from './providers.ts'

/** Says why requests are at the end of the list and not in the map, where the clock of the sandbox's machine is behind them. */
export function FutureNote() {
  const count = providers.value?.futureRequests ?? 0
  if (count === 0) return null
  return (
    <p class="note">
      {plural(count, 'request')} {count === 1 ? 'is' : 'are'} of a time that the clock of this machine has not
      reached: it was ahead when they came, or has been set back since. Lists show them last, and the map does
      not show them. <code>date</code> prints the clock’s time.
    </p>
  )
}
