import stringWidth from 'fast-string-width'

/** One ASCII character for each sign that commands print, so that columns and charts keep their shape. */
const SIGNS: Readonly<Record<string, string>> = Object.fromEntries(
  [
    ['✓', '+'],
    ['✗✕×', 'x'],
    ['→›', '>'],
    ['…', '~'],
    ['’‘', "'"],
    ['“”', '"'],
    ['–—−─╴', '-'],
    ['━╸', '='],
    ['·◌░', '.'],
    ['○', 'o'],
    ['●•', '*'],
    ['▲', '^'],
    ['▼', 'v'],
    ['µ', 'u'],
    ['▁▂', '_'],
    ['▃▄', '-'],
    ['▅▆', '='],
    ['▇█', '#'],
    ['▒', ':'],
    ['▓', '%'],
  ].flatMap(([signs = '', ascii = '']) => [...signs].map((sign) => [sign, ascii])),
)

/**
 * The text for a terminal that does not read UTF-8: bytes of a letter in UTF-8 may be control characters there. Signs and
 * accented letters become similar ASCII characters, others a ? for each column.
 */
export function asciiText(text: string): string {
  return text.replaceAll(/[^\p{ASCII}]/gu, (character) => {
    const similar = SIGNS[character] ?? character.normalize('NFD').replaceAll(/\p{M}/gu, '')
    return /^\p{ASCII}*$/u.test(similar) ? similar : '?'.repeat(stringWidth(character))
  })
}
