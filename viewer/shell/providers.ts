import { signal } from '@preact/signals'
import type { ProvidersRead } from '../../contracts/sandbox/health.ts'
import type { Lens } from '../../contracts/trace-links.ts'
import { getJson } from './api.ts'

/** The last answer of `GET /sandbox/providers`. */
export const providers = signal<ProvidersRead | undefined>(undefined)

export function refreshProviders(): void {
  getJson<ProvidersRead>('sandbox/providers').then(
    (answer) => {
      providers.value = answer
    },
    () => {}, // Keeps the last answer.
  )
}

/** Sets the CSS variable `--lens` to the provider's colour. */
export function lensColour(lens: Lens): Record<string, string> {
  return { '--lens': `var(--${lens})` }
}
