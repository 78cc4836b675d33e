import {
  COMPARISONS,
  FLAGS,
  type Keyword,
  MAX_FILTER_DEPTH,
  NUMBER_KEYWORDS,
  STRING_KEYWORDS,
} from '../../../contracts/sandbox/xray-filter-words.ts'

/** A keyword, or the key of an annotation. */
export type Field = Keyword | { readonly annotation: string }

type Kind = 'string' | 'word' | 'number' | 'operator' | 'symbol' | 'open'

/** A part of an expression. `open` is a string, or a key in brackets, that has no end yet. */
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
  ]
    .map(({ source }) => source)
    .join('|'),
  'gis',
)

/** The parts of an expression, which need not be complete. Characters that no part begins with are left out. */
export function tokensOf(text: string): Token[] {
  return [...text.matchAll(TOKEN)].map(({ 0: found, groups = {}, index }) => {
    const kind = Object.keys(groups).find((name) => groups[name] !== undefined) as Kind
    return { kind, text: found, from: index, to: index + found.length }
  })
}

/** What can follow the beginning of an expression. */
export type Expected =
  | { readonly kind: 'term' }
  /** AND, OR, or `closer`; after an annotation's key also an operator, after a service `{`. */
  | {
      readonly kind: 'after'
      readonly field?: Field
      readonly canOpen?: boolean
      readonly closer?: string | undefined
    }
  | { readonly kind: 'operator'; readonly field: Field }
  | { readonly kind: 'value'; readonly field: Field; readonly operator: string }
  | { readonly kind: 'boolean' }
  | { readonly kind: 'symbol'; readonly symbol: string }
  /** The name of a service, in `edge(…)` the called one of `caller`. */
  | { readonly kind: 'service'; readonly of: 'service' | 'edge'; readonly caller?: string | undefined }
  | { readonly kind: 'idKey' }
  | { readonly kind: 'idValue'; readonly key: string }
  /** The beginning is wrong. */
  | { readonly kind: 'nothing' }

type After = Extract<Expected, { kind: 'after' }>

/** Follows the grammar of `sandbox/xray/filter/parser.ts` through the parts of a beginning. */
export function whatFollows(tokens: readonly Token[]): Expected {
  let index = 0
  let depth = 0
  const closers: string[] = []
  const next = () => tokens[index++]
  const isNext = (text: string) => tokens[index]?.kind !== 'string' && tokens[index]?.text === text
  /** Ends the walk with what can stand where the parts end, or where one is wrong. */
  const stop = (expected: Expected): never => {
    throw new Stop(index > tokens.length ? expected : { kind: 'nothing' })
  }
  const need = (symbol: string) => next()?.text === symbol || stop({ kind: 'symbol', symbol })

  const term = (): After => {
    if (++depth > MAX_FILTER_DEPTH) throw new Stop({ kind: 'nothing' })
    const found = termAtDepth()
    depth--
    return found
  }

  const termAtDepth = (): After => {
    const token = next()
    const word = token?.text.toLowerCase() ?? ''
    if (word === '!') return term()
    if (word === '(') return inside(')')
    if (token?.kind !== 'word') return stop({ kind: 'term' })
    if (word === 'service') {
      need('(')
      if (!isNext(')')) service({ kind: 'service', of: 'service' })
      need(')')
      return braces()
    }
    if (word === 'edge') {
      need('(')
      const caller = service({ kind: 'service', of: 'edge' })
      need(',')
      service({ kind: 'service', of: 'edge', caller })
      need(')')
      return braces()
    }
    if (word === 'id') {
      id()
      return { kind: 'after' }
    }
    if (isOneOf(FLAGS, word)) {
      if (isNext('=') || isNext('!=')) {
        next()
        if (!/^(true|false)$/i.test(next()?.text ?? '')) stop({ kind: 'boolean' })
      }
      return { kind: 'after' }
    }
    const key = annotationKey(token.text)
    if (key !== undefined) {
      const field = { annotation: key }
      if (!isOperator(tokens[index])) return { kind: 'after', field }
      return comparison(field)
    }
    if (isOneOf([...NUMBER_KEYWORDS, ...STRING_KEYWORDS], word)) return comparison(word)
    return stop({ kind: 'nothing' })
  }

  const comparison = (field: Field): After => {
    const operator = next()
    if (!operator || !isOperator(operator)) return stop({ kind: 'operator', field })
    const value = next()
    const isValue =
      value?.kind === 'string' || value?.kind === 'number' || /^(true|false)$/i.test(value?.text ?? '')
    if (!isValue) stop({ kind: 'value', field, operator: operator.text.toUpperCase() })
    return { kind: 'after' }
  }

  /** The name of a service, if it is known by one. */
  const service = (expected: Expected): string | undefined => {
    const token = next()
    if (token?.kind === 'string') return textOf(token)
    if (token?.text.toLowerCase() !== 'id') stop(expected)
    return id()
  }

  const id = (): string | undefined => {
    let name: string | undefined
    need('(')
    do {
      if (isNext(',')) next()
      const key = next()?.text
      if (key === undefined || !ID_KEYS.includes(key)) stop({ kind: 'idKey' })
      need(':')
      const value = next()
      if (value?.kind !== 'string') return stop({ kind: 'idValue', key: key ?? '' })
      if (key === 'name') name = textOf(value)
    } while (isNext(','))
    need(')')
    return name
  }

  const braces = (): After => {
    if (!isNext('{')) return { kind: 'after', canOpen: true }
    next()
    return inside('}')
  }

  const inside = (closer: string): After => {
    closers.push(closer)
    expression()
    next()
    closers.pop()
    return { kind: 'after' }
  }

  /** Ends before the closer of what it is inside. */
  const expression = (): void => {
    for (;;) {
      const after = term()
      const closer = closers.at(-1)
      const token = tokens[index]
      if (!token) {
        index++
        stop({ ...after, closer })
      } else if (token.kind === 'symbol' && token.text === closer) return
      else if (/^(and|or)$/i.test(token.text)) index++
    }
  }

  try {
    expression()
  } catch (error) {
    if (error instanceof Stop) return error.expected
    throw error
  }
  return { kind: 'nothing' }
}

class Stop extends Error {
  readonly expected: Expected
  constructor(expected: Expected) {
    super()
    this.expected = expected
  }
}

export const ID_KEYS: readonly string[] = ['name', 'type', 'account.id']

/** Whether there is an OR outside all parentheses and braces, so that an AND after it would bind tighter. */
export function hasOuterOr(text: string): boolean {
  let depth = 0
  return tokensOf(text).some((token) => {
    if (token.kind === 'symbol') depth += '({'.includes(token.text) ? 1 : ')}'.includes(token.text) ? -1 : 0
    return depth === 0 && token.kind === 'word' && token.text.toUpperCase() === 'OR'
  })
}

function annotationKey(word: string): string | undefined {
  const [, dotted, bracketed] = /^annotation(?:\.(\w+)|\[["']?(.*?)["']?\])$/i.exec(word) ?? []
  return dotted ?? bracketed
}

function isOperator(token: Token | undefined): boolean {
  return (
    token !== undefined &&
    token.kind !== 'string' &&
    (COMPARISONS as readonly string[]).includes(token.text.toUpperCase())
  )
}

/** The text of a string, without quotes and escapes. */
function textOf({ text }: Token): string {
  return text.slice(1, -1).replace(/\\(.)/gs, '$1')
}

function isOneOf<Item extends string>(items: readonly Item[], text: string): text is Item {
  return (items as readonly string[]).includes(text)
}
