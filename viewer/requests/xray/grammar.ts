import {
  ALL_FLAGS,
  ALL_NUMBERS,
  ALL_STRINGS,
  CAUSE_FLAGS,
  CAUSE_NUMBERS,
  CAUSE_STRINGS,
  COMPARISONS,
  causeOf,
  GROUP_KEYWORDS,
  isOneOf,
  JSON_KEYWORDS,
  type Keyword,
  keywordsOfCause,
  MAX_FILTER_DEPTH,
} from '../../../contracts/sandbox/xray-filter-words.ts'
import { type Token, tokensOf } from './tokens.ts'

/** A keyword, or the key of an annotation. */
export type Field = Keyword | { readonly annotation: string }

/** What can follow the beginning of an expression. */
export type Expected =
  /** `only`: the keywords that are possible within the braces of a root cause. */
  | { readonly kind: 'term'; readonly only?: readonly string[] | undefined }
  /** AND, OR, or `closer`; after a keyword or an annotation's key also an operator, after a service `{`. */
  | {
      readonly kind: 'after'
      readonly field?: Field
      readonly canOpen?: boolean
      readonly closer?: string | undefined
      readonly only?: readonly string[] | undefined
    }
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

const COMPARED: readonly Keyword[] = [...ALL_NUMBERS, ...ALL_STRINGS, ...GROUP_KEYWORDS]
const CAUSE_ONLY: readonly string[] = [...CAUSE_FLAGS, ...CAUSE_NUMBERS, ...CAUSE_STRINGS]

/** Follows the grammar of `sandbox/xray/filter/parser.ts` through the parts of a beginning. */
export function whatFollows(tokens: readonly Token[]): Expected {
  let index = 0
  let depth = 0
  /** The parentheses and braces around the place, the innermost last. */
  const around: { readonly closer: string; readonly only: readonly string[] | undefined }[] = []
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
    const only = around.at(-1)?.only
    if (token?.kind !== 'word') return stop({ kind: 'term', only })
    if (only) return only.includes(word) ? keyword(word) : stop({ kind: 'nothing' })
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
    const key = annotationKey(token.text)
    if (key !== undefined) return comparison({ annotation: key })
    const cause = causeOf(word)
    if (cause) return braces(keywordsOfCause(cause.kind, cause.list))
    if (isOneOf(JSON_KEYWORDS, word)) return comparison(word)
    return CAUSE_ONLY.includes(word) ? stop({ kind: 'nothing' }) : keyword(word)
  }

  const keyword = (word: string): After => {
    if (isOneOf(COMPARED, word)) return comparison(word)
    if (!isOneOf(ALL_FLAGS, word)) return stop({ kind: 'nothing' })
    if (isNext('=') || isNext('!=')) {
      next()
      if (!/^(true|false)$/i.test(next()?.text ?? '')) stop({ kind: 'boolean' })
    }
    return { kind: 'after' }
  }

  const comparison = (field: Field): After => {
    const operator = tokens[index]
    if (!isOperator(operator)) return { kind: 'after', field }
    next()
    if (!isValue(next(), field)) stop({ kind: 'value', field, operator: operator.text.toUpperCase() })
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

  const braces = (only?: readonly string[]): After => {
    if (!isNext('{')) return { kind: 'after', canOpen: true }
    next()
    return inside('}', only)
  }

  const inside = (closer: string, only = around.at(-1)?.only): After => {
    around.push({ closer, only })
    expression()
    next()
    around.pop()
    return { kind: 'after' }
  }

  /** Ends before the closer of what it is inside. */
  const expression = (): void => {
    for (;;) {
      const after = term()
      const { closer, only } = around.at(-1) ?? {}
      const token = tokens[index]
      if (!token) {
        index++
        stop({ ...after, closer, only })
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

function isOperator(token: Token | undefined): token is Token {
  return (
    token !== undefined &&
    token.kind !== 'string' &&
    (COMPARISONS as readonly string[]).includes(token.text.toUpperCase())
  )
}

function isValue(token: Token | undefined, field: Field): boolean {
  if (typeof field === 'string' && isOneOf(JSON_KEYWORDS, field)) return token?.kind === 'json'
  if (token?.kind === 'string' || token?.kind === 'number') return true
  const isBare = typeof field === 'string' && isOneOf(ALL_STRINGS, field) ? /^\w+$/ : /^(true|false)$/i
  return token?.kind === 'word' && isBare.test(token.text)
}

/** The text of a string, without quotes and escapes. */
function textOf({ text }: Token): string {
  return text.slice(1, -1).replace(/\\(.)/gs, '$1')
}
