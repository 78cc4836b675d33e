/** One of the words that a person searches for, in lower case. */
export interface Word {
  readonly text: string
  /** Of `name=value`, whose value is meant as a whole, and `name:value`, whose value may be a part. */
  readonly attribute: { readonly name: string; readonly value: string; readonly isWhole: boolean } | undefined
}

/** A word is a bit of a mask. */
export const MAX_WORDS = 30

/**
 * The words of a search, all of which must be found in a request. Spaces separate them; quotes keep spaces in a word:
 * `db.query.text:"select uuid"`. Spaces around `=` do not separate: `plan = pro`, as questions write it, is `plan=pro`.
 */
export function readWords(text: string): Word[] {
  const words = withoutSpaces(text.toLowerCase()).match(/(?:[^\s"]|"[^"]*"?)+/g) ?? []
  return words
    .map((word) => word.replaceAll('"', ''))
    .filter((word) => word.trim() !== '')
    .map((word) => ({ text: word, attribute: attributeIn(word) }))
}

const QUOTED = /("[^"]*"?)/
const SPACED_EQUALS = /(?<=[^\s"=<>!])\s*=(?!=)\s*/g

/** Joins a name, `=` and a value, except within quotes. */
function withoutSpaces(text: string): string {
  return text
    .split(QUOTED)
    .map((part) => (part.startsWith('"') ? part : part.replace(SPACED_EQUALS, '=')))
    .join('')
}

function attributeIn(word: string): Word['attribute'] {
  const [, name, sign, value] = /^([^=:\s]+)([=:])(.+)$/s.exec(word) ?? []
  return name === undefined || value === undefined ? undefined : { name, value, isWhole: sign === '=' }
}

/** The bits of all words. */
export function allBits(words: readonly Word[]): number {
  return 2 ** words.length - 1
}

/** The words that are in a text, which must be in lower case, as bits. */
export function bitsInText(words: readonly Word[], lower: string): number {
  let bits = 0
  for (let index = 0; index < words.length; index++) {
    if (lower.includes((words[index] as Word).text)) bits |= 1 << index
  }
  return bits
}

/** The words that are the name of an attribute or some of its parts: `plan` and `app.user` are in `app.user.plan`. */
export function bitsInName(words: readonly Word[], name: string): number {
  const parts = `${pathOf(name)}.`
  let bits = 0
  for (const [index, { text }] of words.entries()) {
    if (parts.includes(`${pathOf(text)}.`)) bits |= 1 << index
  }
  return bits
}

/** Words for the values of one attribute. */
export interface ValueWords {
  /** The value of `name=value` and `name:value`, where this is the attribute. */
  readonly words: readonly { readonly text: string; readonly own: Word['attribute'] }[]
}

export function wordsForValues(words: readonly Word[], name: string): ValueWords {
  const path = pathOf(name)
  return {
    words: words.map(({ text, attribute }) => ({
      text,
      own: attribute && path.endsWith(pathOf(attribute.name)) ? attribute : undefined,
    })),
  }
}

/** A name with a dot before each part, so that its end is found: `route` is `http.route`. X-Ray's names have underscores. */
function pathOf(name: string): string {
  return `.${name.toLowerCase().replaceAll('_', '.')}`
}

/** The words that are in a value, as bits. Of numbers and booleans only the whole is found: 5 is not in 15003. */
export function bitsInValue({ words }: ValueWords, value: string | number | boolean): number {
  const isText = typeof value === 'string'
  const lower = isText ? value.toLowerCase() : String(value)
  let bits = 0
  for (let index = 0; index < words.length; index++) {
    const { text, own } = words[index] as ValueWords['words'][number]
    const isFound = isText ? lower.includes(text) : lower === text
    if (isFound || (own && (own.isWhole || !isText ? lower === own.value : lower.includes(own.value)))) {
      bits |= 1 << index
    }
  }
  return bits
}
