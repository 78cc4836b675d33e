import type { Provider } from '../contracts/evidence.ts'

/** As messages name the providers. */
export const PROVIDER_NAMES: Readonly<Record<Provider, string>> = {
  honeycomb: 'Honeycomb',
  xray: 'X-Ray',
  rollbar: 'Rollbar',
}
const MAX_LENGTH = 40

/** What a learner has typed, as messages quote it. Values of attributes are quoted as JSON, which tells `2` from `"2"`. */
export function quoted(text: string): string {
  return `“${text.slice(0, MAX_LENGTH)}”`
}

/** `1 span`, `3 searches` */
export function countOf(count: number, noun: string, plural = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : plural}`
}
