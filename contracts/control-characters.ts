/** Characters that JSON leaves as they are and a terminal acts upon: C1 controls, line separators, and invisible ones. */
const UNSAFE_IN_JSON = /[\u007F-\u009F\u2028\u2029]|\p{Cf}/gu
/** All control characters but the ends of lines. */
const UNSAFE_IN_TEXT = /[^\n\P{Cc}]|[\u2028\u2029]|\p{Cf}/gu

/** JSON in ASCII wherever a terminal would act upon a character. Any parser reads the same value. */
export function safeJson(json: string): string {
  return json.replaceAll(UNSAFE_IN_JSON, (character) =>
    character
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join(''),
  )
}

/** Lines that a terminal only shows: errors may quote any text of a sender. Line ends stay. */
export function safeText(text: string): string {
  return text.replaceAll(UNSAFE_IN_TEXT, ' ')
}
