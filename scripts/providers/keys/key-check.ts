import type { Diagnosis } from '../../../contracts/diagnosis.ts'

/**
 * What a provider says of a key. good: it knows the key, and what the workspace needs may be done with it. bad: it does
 * not, or it may not. unknown: it could not be asked, which says nothing of the key.
 */
export type KeyCheck =
  | {
      readonly outcome: 'good'
      /** Whose key it is and what it may do, without the key. */
      readonly says: string
      /** A part of the workspace that the key does not allow. */
      readonly note?: Diagnosis
    }
  | ({ readonly outcome: 'bad' | 'unknown' } & Diagnosis)

/** `code`: `KEY_INVALID` where the text cannot be a key, `KEY_REFUSED`, or `KEY_FORBIDDEN` where it may not do enough. */
export function bad(code: string, what: string, fix: string): KeyCheck {
  return { outcome: 'bad', code, what, fix }
}

export function unknown(what: string, fix: string): KeyCheck {
  return { outcome: 'unknown', code: 'KEY_UNCHECKED', what, fix }
}

/** Whether a text can be a header's value at all: a pasted line break, or an unusual space, cannot. */
export function isSendable(text: string): boolean {
  return /^[\t\x20-\x7e\x80-\xff]*$/.test(text)
}

const PLACEHOLDER =
  /^(<.*>|\[.*\]|\$\{?\w+\}?|x{3,}|\.{3}|…)$|your[-_ ]|_here$|^(changeme|placeholder|todo|example)/i

const SHAPES: readonly (readonly [RegExp, string])[] = [
  [PLACEHOLDER, 'a placeholder'],
  [/^(AKIA|ASIA)[A-Z0-9]{16}$/, 'an AWS access key id'],
  [/^[A-Za-z0-9/+]{40}$/, 'an AWS secret access key'],
  [/^hc[a-z]i[ck]_[0-9a-z]{58}$/, 'a Honeycomb ingest key'],
  [/^hc[a-z]mk_/, 'a Honeycomb management key'],
  [/^[A-Za-z0-9]{22}$/, 'a Honeycomb configuration key'],
  [/^[0-9a-f]{32}$/, 'a Rollbar token, or a key of Honeycomb Classic'],
  [/^https?:\/\//, 'an address'],
]

/** Whether the text is what instructions have in the place of a key: `<your key>`. */
export function isPlaceholder(text: string): boolean {
  return PLACEHOLDER.test(text.trim())
}

/** Recognises a pasted text by its form, so that a key in the wrong place is noticed; undefined for no known form. */
export function looksLike(text: string): string | undefined {
  return SHAPES.find(([shape]) => shape.test(text.trim()))?.[1]
}
