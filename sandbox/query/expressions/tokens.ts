import { ExpressionError } from './expression-error.ts'

/** `at` and `end`: indices into the expression's text; the end is not included. */
interface Place {
  readonly at: number
  readonly end: number
}

export type Token = Place &
  (
    | { readonly kind: 'number'; readonly value: number }
    /** `isRaw`: in backquotes, so that an index into the value is one into the text. */
    | { readonly kind: 'text'; readonly value: string; readonly isRaw: boolean }
    | { readonly kind: 'column'; readonly name: string }
    /** A function's name, AND, OR, true, false or null. */
    | { readonly kind: 'word'; readonly text: string }
    | { readonly kind: 'symbol'; readonly text: string }
    | { readonly kind: 'end' }
  )

const SPACE = /\s*/uy
const NUMBER = /(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?/y
const COLUMN = /\$[\p{L}\p{Nd}_./:=+?-]+/uy
const WORD = /[a-zA-Z][a-zA-Z0-9_]*/y
/** A column without its $. */
const DOTTED = /[a-zA-Z]\w*(?:\.\w+)+/y
const SYMBOL = /<=|>=|!=|[<>=!+\-*/%(),]/y
const RAW = /`([^`]*)`/y
/** An escape of a text in double quotes, or anything else but a quote. */
const TEXT_PART = /\\(u[\da-fA-F]{4}|U[\da-fA-F]{8}|x[\da-fA-F]{2}|[0-3][0-7]{2}|[abfnrtv\\"])|[^"\\]+/y

const ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
}

/** What people write who know other languages, and what it is here. */
const FOREIGN: readonly (readonly [text: string, advice: string])[] = [
  ['==', 'write = to compare'],
  ['<>', 'write != to compare'],
  ['&&', 'write AND'],
  ['||', 'write OR'],
  ["'", 'text is written in double quotes'],
  ['“', 'text is written in straight quotes: "text"'],
  ['#', 'an expression has no comments'],
]

/**
 * The tokens of an expression; the last one is its end. Throws an ExpressionError for a character that begins none.
 *
 * Source: https://github.com/honeycombio/honeycomb-derived-column-validator/blob/main/pkg/parser/HCDC.g4
 */
export function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = []
  let at = 0
  while (true) {
    at += match(SPACE, text, at)?.length ?? 0
    const token = tokenAt(text, at)
    tokens.push(token)
    if (token.kind === 'end') return tokens
    at = token.end
  }
}

function tokenAt(text: string, at: number): Token {
  const character = text[at]
  if (character === undefined) return { kind: 'end', at, end: at }
  const [, advice] = FOREIGN.find(([foreign]) => text.startsWith(foreign, at)) ?? []
  if (advice) throw new ExpressionError(advice, at)
  if (character === '"' || character === '`') return { kind: 'text', ...textAt(text, at), at }
  if (character === '$') return columnAt(text, at)
  const number = match(NUMBER, text, at)
  if (number !== undefined) {
    const value = Number(number)
    if (!Number.isFinite(value)) throw new ExpressionError('this number is too large', at)
    return { kind: 'number', value, at, end: at + number.length }
  }
  const dotted = match(DOTTED, text, at)
  if (dotted !== undefined) throw new ExpressionError(`a column begins with $: $${dotted}`, at)
  const word = match(WORD, text, at)
  if (word !== undefined) return { kind: 'word', text: word, at, end: at + word.length }
  const symbol = match(SYMBOL, text, at)
  if (symbol !== undefined) return { kind: 'symbol', text: symbol, at, end: at + symbol.length }
  const unknown = String.fromCodePoint(text.codePointAt(at) ?? 0)
  throw new ExpressionError(`${unknown} has no meaning here`, at)
}

function columnAt(text: string, at: number): Token {
  const quote = text[at + 1]
  if (quote === '"' || quote === '`') {
    const { value: name, end } = textAt(text, at + 1)
    if (name === '') throw new ExpressionError('a column has no empty name', at)
    return { kind: 'column', name, at, end }
  }
  const column = match(COLUMN, text, at)
  if (column === undefined) throw new ExpressionError('the name of a column is missing after $', at)
  return { kind: 'column', name: column.slice(1), at, end: at + column.length }
}

function textAt(text: string, at: number): { value: string; isRaw: boolean; end: number } {
  if (text[at] === '`') {
    const raw = match(RAW, text, at)
    if (raw === undefined) throw new ExpressionError('the closing ` of this text is missing', at)
    return { value: raw.slice(1, -1), isRaw: true, end: at + raw.length }
  }
  let value = ''
  let end = at + 1
  while (text[end] !== '"') {
    const part = match(TEXT_PART, text, end)
    const lineBreak = part?.search(/[\n\r]/) ?? -1
    if (lineBreak >= 0)
      throw new ExpressionError('a text in double quotes ends on its line: write \\n', end + lineBreak)
    if (part === undefined) {
      if (end >= text.length) throw new ExpressionError('the closing " of this text is missing', at)
      throw new ExpressionError(
        'this is no escape: write \\\\ for a backslash, or the text in `backquotes`',
        end,
      )
    }
    value += part.startsWith('\\') ? characterOf(part.slice(1), end) : part
    end += part.length
  }
  return { value, isRaw: false, end: end + 1 }
}

/** The character that an escape stands for, given without its backslash. */
function characterOf(escaped: string, at: number): string {
  if (escaped.length === 1) return ESCAPES[escaped] ?? escaped
  const isOctal = /^[0-7]/.test(escaped)
  const code = isOctal ? Number.parseInt(escaped, 8) : Number.parseInt(escaped.slice(1), 16)
  if (code > 0x10_ffff) throw new ExpressionError('there is no such character', at)
  return String.fromCodePoint(code)
}

/** What a sticky expression finds at an index. */
function match(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0]
}
