/** A difference between two providers, and its reason. */
export interface Difference {
  readonly what: string
  readonly why: string
  /** The first few spans concerned. */
  readonly ids: readonly string[]
  /** A problem; otherwise the providers differ by design. */
  readonly isTrouble: boolean
}

const MAX_IDS = 5

/** The difference, unless it is false or no span is concerned. */
export function difference(
  concerned: boolean | readonly { readonly id: string }[],
  what: string,
  why: string,
  isTrouble = true,
): Difference[] {
  const spans = concerned === true || concerned === false ? [] : concerned
  if (concerned !== true && spans.length === 0) return []
  return [{ what, why, ids: spans.slice(0, MAX_IDS).map(({ id }) => id), isTrouble }]
}

/** Names may be long. */
export function short(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}
