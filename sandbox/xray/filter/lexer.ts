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
  readonly kind: 'name' | 'string' | 'number' | 'operator' | 'punctuation' | 'end'
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
  'gy',
)

/** Splits an expression into tokens, the last of which is `end`. Throws a FilterError. */
export function tokenize(expression: string): Token[] {
  const tokens: Token[] = []
  let position = 0
  for (const { 0: whole, groups } of expression.matchAll(TOKEN)) {
    const { quote: _quote, ...kinds } = groups ?? {}
    const [kind, found = ''] = Object.entries(kinds).find(([, text]) => text !== undefined) ?? []
    const text = kind === 'string' ? found.replace(/\\(.)/g, '$1') : found
    if (kind) tokens.push({ kind: kind as Token['kind'], text, position })
    position += whole.length
  }
  const rest = expression.slice(position)
  if (rest === '') return [...tokens, { kind: 'end', text: '', position }]
  if (/^["']/.test(rest)) throw new FilterError('a string without an end', position, 'unfinished')
  throw new FilterError('an unknown character', position)
}
