import { cut } from '../errors/plain-value.ts'

const MAX_TEXT = 200

/** The beginning of what a provider answered, in one line and without control characters. */
export function oneLine(text: string): string {
  return cut(text.replaceAll(/[\s\p{C}]+/gu, ' ').trim(), MAX_TEXT)
}

/** Why a post was not answered, and what to look at. */
export function unreachable({ origin }: URL, code: string | undefined, message: string): string {
  const fix = code === 'ECONNREFUSED' ? ': nothing listens there. Is it started?' : ''
  return `${origin} cannot be reached: ${code ?? message}${fix}`
}

/** A 2xx whose body the provider would not send. `text`: the beginning of the body. */
export function foreignAnswer(provider: string, text: string): string {
  return `a 2xx that is not ${provider}’s: ${text} (is a proxy or a login page in between?)`
}
