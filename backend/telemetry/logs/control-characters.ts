// A copy of contracts/control-characters.ts: telemetry/ imports nothing of this workspace, so that it can be copied whole.

/** Characters that JSON leaves as they are and a terminal acts upon: C1 controls, line separators, and invisible ones. */
const UNSAFE_IN_JSON = /[\u007F-\u009F\u2028\u2029]|\p{Cf}/gu
/** All control characters but the ends of lines. */
const UNSAFE_IN_TEXT = /[^\n\P{Cc}]|[\u2028\u2029]|\p{Cf}/gu

/** A line of JSON that a terminal only shows. Any parser reads the same value. */
export function safeJson(line: string): string {
  return line.replaceAll(UNSAFE_IN_JSON, (character) =>
    character
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join(''),
  )
}

/** Lines that a terminal only shows: paths, messages and stacks may have any text of a sender. */
export function safeText(text: string): string {
  return text.replaceAll(UNSAFE_IN_TEXT, ' ')
}

/** The same as one line. */
export function safeLine(text: string): string {
  return safeText(text).replaceAll('\n', ' ')
}
