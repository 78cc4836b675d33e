/** Control characters, which a terminal acts upon, and line ends, which would begin a line of their sender’s. */
const CONTROLS = /[\p{Cc}\p{Zl}\p{Zp}]+/gu
/** They change the order of the characters beside them. Source: Unicode Standard Annex #9, section 2 */
const DIRECTIONS = /[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu
/**
 * Joiners, tags, halves of characters, variation selectors and blank letters: without a width, or with another one in each
 * terminal.
 */
const INVISIBLE =
  /[\p{Cf}\p{Cs}]|[\uFE00-\uFE0F]|[\u{E0100}-\u{E01EF}]|[\u115F\u1160\u3164\uFFA0]|\u17B4|\u17B5|\u034F/gu
/** More marks on one letter reach into the lines above and below it. */
const MARKS = /(\p{M}{4})\p{M}+/gu

/**
 * The text as one line that a terminal only shows: anyone may send a span with any name. Line ends and control characters
 * become a space, characters that change the direction a �; invisible ones are left out.
 */
export function plainLine(text: string): string {
  // Most names are ASCII without control characters.
  if (/^[ -~]*$/.test(text)) return text
  return text
    .replaceAll(CONTROLS, ' ')
    .replaceAll(DIRECTIONS, '\uFFFD')
    .replaceAll(INVISIBLE, '')
    .replaceAll(MARKS, '$1')
}
