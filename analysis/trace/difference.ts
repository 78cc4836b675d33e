/** A difference between two providers, and its reason. */
export interface Difference {
  readonly what: string
  readonly why: string
  /** The first few spans concerned. */
  readonly ids: readonly string[]
  /** A problem; otherwise the providers differ by design. */
  readonly isTrouble: boolean
  /** Where docs/your-app says more. */
  readonly help?: HelpPlace
}

/** A heading of a page of docs/your-app: its file's name without `.md`, and the heading's id. */
export interface HelpPlace {
  readonly page: string
  readonly heading: string
}

const MAX_IDS = 5

/** The difference, unless it is false or no span is concerned. */
export function difference(
  concerned: boolean | readonly { readonly id: string }[],
  what: string,
  why: string,
  isTrouble = true,
  help?: HelpPlace,
): Difference[] {
  const spans = concerned === true || concerned === false ? [] : concerned
  if (concerned !== true && spans.length === 0) return []
  return [{ what, why, ids: spans.slice(0, MAX_IDS).map(({ id }) => id), isTrouble, ...(help && { help }) }]
}

/** Names may be long. */
export function short(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}

/** The first three different names: `a, b, c and 2 more`. */
export function listed(names: readonly string[]): string {
  const different = [...new Set(names)]
  const shown = different.slice(0, 3).map(short).join(', ')
  return different.length > 3 ? `${shown} and ${different.length - 3} more` : shown
}
