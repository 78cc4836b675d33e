import { signal } from '@preact/signals'
import type { ProvidersRead } from '../../contracts/sandbox/health.ts'
import { getJson } from './api.ts'

/** The latest read of the three providers. */
export const providers = signal<ProvidersRead | undefined>(undefined)

export function readProviders(): void {
  getJson<ProvidersRead>('sandbox/providers').then(
    (view) => {
      providers.value = view
    },
    () => {},
  )
}

export const LENSES = ['honeycomb', 'xray', 'rollbar'] as const
export type Lens = (typeof LENSES)[number]
export const LENS_NAMES: Readonly<Record<Lens, string>> = {
  honeycomb: 'Honeycomb',
  xray: 'X-Ray',
  rollbar: 'Rollbar',
}
