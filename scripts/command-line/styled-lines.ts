import { styleText } from 'node:util'
import stringWidth from 'fast-string-width'
import { asciiText } from './ascii.ts'
import { isAsciiOnly } from './capabilities.ts'
import { plainLine } from './plain-line.ts'

export type LineStyle = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan' | readonly ('bold' | 'red')[]

/** A part of a line in one style. */
export interface StyledText {
  readonly text: string
  readonly style: LineStyle
}
export type Part = string | StyledText
/** What a renderer returns for one line of output. It has no escape sequences: the style is data until it is printed. */
export type Line = readonly Part[]

/** Columns of a terminal, or of output that is none. Narrower and wider ones are treated as these. */
const WIDTHS = { least: 40, most: 200, elsewhere: 80 } as const

export function columnsOf({ isTTY, columns }: Pick<NodeJS.WriteStream, 'isTTY' | 'columns'>): number {
  // A terminal without a size reports 0 columns.
  if (!isTTY || !columns) return WIDTHS.elsewhere
  return Math.min(WIDTHS.most, Math.max(WIDTHS.least, columns))
}

/** The lines without styles, each with a line end. Every part is a plain line. */
export function plainText(lines: readonly Line[]): string {
  return lines.map((line) => `${line.map(textOf).join('').trimEnd()}\n`).join('')
}

/**
 * The lines for a stream: with colours where it is a terminal that wants them (NO_COLOR is honoured), in ASCII where it is
 * one that reads nothing else.
 */
export function styledText(lines: readonly Line[], stream: NodeJS.WriteStream): string {
  return lines.map((line) => `${painted(line, stream).trimEnd()}\n`).join('')
}

/** One line for a stream, without its end. */
export function painted(line: Line, stream: NodeJS.WriteStream): string {
  const paint = (part: Part) => {
    const text = isAsciiOnly(stream) ? asciiText(textOf(part)) : textOf(part)
    // A list, because `styleText` does not take a readonly one.
    return typeof part === 'string' ? text : styleText([part.style].flat(), text, { stream })
  }
  return line.map(paint).join('')
}

function textOf(part: Part): string {
  return plainLine(typeof part === 'string' ? part : part.text)
}

/** Columns of the longest text that is measured. Characters */
const MOST_READ = 4_000

/** The text as a plain line of at most so many columns, with … in place of the rest. */
export function clipped(text: string, columns: number): string {
  const line = plainLine(text.slice(0, MOST_READ))
  if (stringWidth(line) <= columns && text.length <= MOST_READ) return line
  if (columns < 1) return ''
  let width = 0
  let kept = ''
  for (const character of line) {
    width += stringWidth(character)
    if (width > columns - 1) break
    kept += character
  }
  return `${kept.trimEnd()}…`
}

/** `clipped`, with … in place of the beginning: names of services often differ at their end. */
export function clippedAtStart(text: string, columns: number): string {
  const line = plainLine(text.slice(-MOST_READ))
  if (stringWidth(line) <= columns) return line
  let width = 0
  const kept: string[] = []
  for (const character of [...line].reverse()) {
    width += stringWidth(character)
    if (width > columns - 1) break
    kept.push(character)
  }
  return columns < 1 ? '' : `…${kept.reverse().join('').trimStart()}`
}

/** `clipped`, filled up with spaces to exactly so many columns. */
export function padded(text: string, columns: number, side: 'left' | 'right' = 'left'): string {
  const line = clipped(text, columns)
  const space = ' '.repeat(Math.max(0, columns - stringWidth(line)))
  return side === 'left' ? line + space : space + line
}

/** Breaks a text between words into plain lines of at most so many columns. Longer words are broken anywhere. */
export function wrapped(text: string, columns: number): string[] {
  const lines: string[] = []
  let open = ''
  for (const word of plainLine(text.slice(0, MOST_READ)).split(' ')) {
    const joined = open === '' ? word : `${open} ${word}`
    if (stringWidth(joined) <= columns) {
      open = joined
      continue
    }
    if (open !== '') lines.push(open)
    open = word
    while (stringWidth(open) > columns) {
      const [first, rest] = broken(open, columns)
      lines.push(first)
      open = rest
    }
  }
  return [...lines, open]
}

function broken(word: string, columns: number): [string, string] {
  let width = 0
  let kept = ''
  for (const character of word) {
    width += stringWidth(character)
    if (width > columns && kept !== '') break
    kept += character
  }
  return [kept, word.slice(kept.length)]
}
