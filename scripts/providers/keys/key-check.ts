import type { Diagnosis } from '../../../contracts/diagnosis.ts'
import { isPlaceholder } from '../../../settings/placeholder.ts'

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

/** The form of a pasted text. `kind`: the provider that accepts such keys from a backend, or why none does. */
export interface Form {
  readonly kind: 'honeycomb' | 'aws' | 'rollbar' | 'placeholder' | 'other'
  readonly name: string
}

const FORMS: readonly (readonly [RegExp, Form])[] = [
  [/^(AKIA|ASIA)[A-Z0-9]{16}$/, { kind: 'aws', name: 'an AWS access key id' }],
  [/^[A-Za-z0-9/+]{40}$/, { kind: 'aws', name: 'an AWS secret access key' }],
  [/^hc[a-z]i[ck]_[0-9a-z]{58}$/, { kind: 'honeycomb', name: 'a Honeycomb ingest key' }],
  [/^hc[a-z]mk_/, { kind: 'other', name: 'a Honeycomb management key' }],
  [/^[A-Za-z0-9]{22}$/, { kind: 'honeycomb', name: 'a Honeycomb configuration key' }],
  [/^[0-9a-f]{32}$/, { kind: 'rollbar', name: 'a Rollbar token, or a key of Honeycomb Classic' }],
  [/^https?:\/\//, { kind: 'other', name: 'an address' }],
]

/** Recognises a pasted text by its form, so that a key in the wrong place is noticed; undefined for no known form. */
export function formOf(text: string): Form | undefined {
  if (isPlaceholder(text)) return { kind: 'placeholder', name: 'a placeholder' }
  return FORMS.find(([shape]) => shape.test(text.trim()))?.[1]
}
