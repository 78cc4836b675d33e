import { jsonLength } from '../../../contracts/sandbox/xray-filter-json.ts'

type Kind = 'string' | 'word' | 'number' | 'json' | 'operator' | 'symbol' | 'open'

/** A part of an expression. `open` is a string, JSON, or a key in brackets, that has no end yet. */
export interface Token {
  readonly kind: Kind
  readonly text: string
  readonly from: number
  readonly to: number
}

const TOKEN = new RegExp(
  [
    /(?<string>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')/,
    /(?<open>["'].*|annotation\[[^\]]*$)/,
    // The keys that the parser takes: names with dots, or text in quotes.
    /(?<word>annotation\[(?:"[^"\\]*"|'[^'\\]*'|[\w.]+)\]|[A-Za-z_](?:\w|\.(?=\w))*\.?)/,
    /(?<number>-?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|-)/,
    /(?<operator>!=|<=|>=|=|<|>)/,
    /(?<symbol>[(){},:!])/,
    /(?<json>#(?=[[{]))/,
  ]
    .map(({ source }) => source)
    .join('|'),
  'gis',
)

/** The parts of an expression, which need not be complete. Characters that no part begins with are left out. */
export function tokensOf(text: string): Token[] {
  const tokens: Token[] = []
  TOKEN.lastIndex = 0
  for (let match = TOKEN.exec(text); match; match = TOKEN.exec(text)) {
    const { 0: found, groups = {}, index: from } = match
    const kind = Object.keys(groups).find((name) => groups[name] !== undefined) as Kind
    const length = kind === 'json' ? jsonLength(text.slice(from + 1)) : undefined
    const isOpen = kind === 'json' && length === undefined
    const to = isOpen ? text.length : from + found.length + (length ?? 0)
    tokens.push({ kind: isOpen ? 'open' : kind, text: text.slice(from, to), from, to })
    TOKEN.lastIndex = to
  }
  return tokens
}
