import { jsonLength } from '../../../contracts/sandbox/xray-filter-json.ts'
import type { FilterIssueCode } from '../../../contracts/sandbox/xray-filter-words.ts'

/** Why an expression is invalid. `position` is the number of characters before the error. */
export class FilterError extends Error {
  override readonly name = 'FilterError'
  readonly position: number
  readonly code: FilterIssueCode

  constructor(message: string, position: number, code: FilterIssueCode = 'invalid') {
    super(message)
    this.position = position
    this.code = code
  }
}

export type Token = {
  readonly kind: 'name' | 'string' | 'number' | 'json' | 'operator' | 'punctuation' | 'end'
  /** Of JSON without the `#`. */
  readonly text: string
  readonly position: number
}

const TOKEN = new RegExp(
  [
    /\s+/,
    /(?<quote>["'])(?<string>(?:\\.|(?!\k<quote>)[^\\])*)\k<quote>/,
    /(?<name>[A-Za-z_]\w*)/,
    /(?<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)/,
    /(?<operator>!=|<=|>=|=|<|>)/,
    /(?<punctuation>[(){}[\].,:!])/,
  ]
    .map(({ source }) => source)
    .join('|'),
  'y',
)

/** Splits an expression into tokens, the last of which is `end`. Throws a FilterError. */
export function tokenize(expression: string): Token[] {
  const tokens: Token[] = []
  let position = 0
  while (position < expression.length) {
    if (/^#[[{]/.test(expression.slice(position, position + 2))) {
      const text = jsonAt(expression, position + 1)
      tokens.push({ kind: 'json', text, position })
      position += 1 + text.length
      continue
    }
    TOKEN.lastIndex = position
    const match = TOKEN.exec(expression)
    if (!match) throw wrongAt(expression, position)
    const { quote: _quote, ...kinds } = match.groups ?? {}
    const [kind, found = ''] = Object.entries(kinds).find(([, text]) => text !== undefined) ?? []
    const text = kind === 'string' ? found.replace(/\\(.)/g, '$1') : found
    if (kind) tokens.push({ kind: kind as Token['kind'], text, position })
    position += match[0].length
  }
  return [...tokens, { kind: 'end', text: '', position }]
}

function wrongAt(expression: string, position: number): FilterError {
  return /["']/.test(expression[position] ?? '')
    ? new FilterError('a string without an end', position, 'unfinished')
    : new FilterError('an unknown character', position)
}

/** The JSON array or object that begins at a place. */
function jsonAt(expression: string, from: number): string {
  const length = jsonLength(expression.slice(from))
  if (length === undefined) throw new FilterError('JSON without an end', from, 'unfinished')
  const text = expression.slice(from, from + length)
  try {
    JSON.parse(text)
  } catch {
    throw new FilterError('JSON that cannot be read', from)
  }
  return text
}
