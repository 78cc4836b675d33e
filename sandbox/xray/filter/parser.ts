import {
  COMPARISONS,
  FLAGS,
  type Flag,
  GROUP_COMPARISONS,
  type Keyword,
  MAX_FILTER_DEPTH,
  NUMBER_COMPARISONS,
  NUMBER_KEYWORDS,
  STRING_KEYWORDS,
  TEXT_COMPARISONS,
} from '../../../contracts/sandbox/xray-filter-words.ts'
import { invalidRequest } from '../xray-error.ts'
import type { Expression, ServicePattern, Value } from './expression.ts'
import { FilterError, type Token, tokenize } from './lexer.ts'

/** Precedence of the operators; adjacent terms are joined by AND. */
const POWER = { OR: 1, AND: 2 } as const

/**
 * Parses a filter expression. Throws a FilterError with what was expected, and where. Precedence climbing over
 *
 * ```
 * expression  = term { [ "AND" | "OR" ] term }            AND binds tighter; nothing between two terms is AND
 * term        = "!" term | "(" expression ")" | service | edge | id | comparison | flag
 * flag        = ( "ok" | "error" | "fault" | "throttle" | "partial" ) [ ( "=" | "!=" ) boolean ]
 * comparison  = keyword operator value | annotation [ operator value ]
 * keyword     = "responsetime" | "duration" | "http.status" | "http.url" | "http.method" | "http.useragent"
 *             | "http.clientip" | "user" | "group.name" | "group.arn"
 * annotation  = "annotation." name | "annotation[" ( name { "." name } | string ) "]"
 * operator    = "=" | "!=" | "<" | "<=" | ">" | ">=" | "CONTAINS" | "BEGINSWITH" | "ENDSWITH"
 *               (for a group only "=" and "!=")
 * value       = string | number | boolean
 * service     = "service(" [ pattern ] ")" [ "{" expression "}" ]
 * edge        = "edge(" pattern "," pattern ")" [ "{" expression "}" ]
 * id          = "id(" key ":" string { "," key ":" string } ")"        key = "name" | "type" | "account.id"
 * pattern     = string | id
 * ```
 *
 * Words are read in any case. Source: https://docs.aws.amazon.com/xray/latest/devguide/xray-console-filters.html
 */
export function parseFilter(text: string): Expression {
  const tokens = tokenize(text)
  let index = 0
  let depth = 0

  const end: Token = { kind: 'end', text: '', position: text.length }
  const peek = (): Token => tokens[index] ?? end
  const next = (): Token => tokens[index++] ?? end
  const isNext = (symbol: string) =>
    peek().kind !== 'string' && peek().text.toUpperCase() === symbol.toUpperCase()
  const take = (symbol: string): boolean => isNext(symbol) && next() !== undefined
  const fail = (expected: string, token = peek()): never => {
    if (token.kind === 'end') throw new FilterError(`expected ${expected}`, token.position, 'unfinished')
    throw new FilterError(`expected ${expected}, found "${token.text}"`, token.position)
  }
  const need = (symbol: string) => take(symbol) || fail(`"${symbol}"`)

  const expression = expressionFrom(0)
  if (peek().kind !== 'end') fail('AND, OR or the end')
  return expression

  function expressionFrom(power: number): Expression {
    let left = term()
    while (peek().kind !== 'end' && !isNext(')') && !isNext('}')) {
      const isOr = isNext('OR')
      const own = isOr ? POWER.OR : POWER.AND
      if (own <= power) break
      if (isOr || isNext('AND')) next()
      left = { kind: isOr ? 'or' : 'and', left, right: expressionFrom(own) }
    }
    return left
  }

  function term(): Expression {
    if (++depth > MAX_FILTER_DEPTH) throw new FilterError('nested too deeply', peek().position)
    const found = termAtDepth()
    depth--
    return found
  }

  function termAtDepth(): Expression {
    if (take('!')) return { kind: 'not', operand: term() }
    if (take('(')) {
      const inner = expressionFrom(0)
      need(')')
      return inner
    }
    const token = peek()
    if (token.kind !== 'name') return fail('a keyword')
    next()
    const word = token.text.toLowerCase()
    if (word === 'service') return service()
    if (word === 'edge') return edge()
    if (word === 'id') return { kind: 'service', service: idPattern(), filter: undefined }
    if (word === 'annotation') return comparison({ annotation: annotationKey() })
    if (isOneOf(FLAGS, word)) return flag(word)
    if (word === 'json') throw new FilterError('json, which the sandbox does not have', token.position)
    const name = take('.') ? `${word}.${next().text.toLowerCase()}` : word
    if (isOneOf([...NUMBER_KEYWORDS, ...STRING_KEYWORDS], name)) return comparison(name)
    return fail('a keyword such as fault, responsetime, annotation.key or service("name")', token)
  }

  function flag(name: Flag): Expression {
    const positive: Expression = { kind: 'flag', flag: name }
    const isEqual = isNext('=')
    if (!isEqual && !isNext('!=')) return positive
    next()
    const value = booleanValue(next())
    return value === isEqual ? positive : { kind: 'not', operand: positive }
  }

  function comparison(field: Keyword | { annotation: string }): Expression {
    const token = peek()
    const symbol = token.kind === 'string' ? '' : token.text.toUpperCase()
    if (!isOneOf(COMPARISONS, symbol)) {
      if (typeof field === 'object') {
        return { kind: 'compare', field, comparison: undefined, value: undefined }
      }
      return fail(`a comparison after ${field}`)
    }
    next()
    const valueToken = peek()
    const value = literal()
    const isNumber = typeof field === 'string' && isOneOf(NUMBER_KEYWORDS, field)
    const isText = typeof field === 'string' && !isNumber
    if (isNumber && typeof value !== 'number') fail('a number', valueToken)
    if (isText && typeof value !== 'string') fail('a string in quotes', valueToken)
    const ofText = field === 'group.name' || field === 'group.arn' ? GROUP_COMPARISONS : TEXT_COMPARISONS
    const possible = typeof value === 'number' ? NUMBER_COMPARISONS : ofText
    if (!possible.includes(symbol)) fail(`one of ${possible.join(' ')}`, token)
    return { kind: 'compare', field, comparison: symbol, value }
  }

  function literal(): Value {
    const token = next()
    if (token.kind === 'string') return token.text
    if (token.kind === 'number') return Number(token.text)
    return booleanValue(token)
  }

  function booleanValue(token: Token): boolean {
    const word = token.kind === 'name' ? token.text.toLowerCase() : ''
    return (
      word === 'true' || (word === 'false' ? false : fail('a value: "text", a number, true or false', token))
    )
  }

  function annotationKey(): string {
    if (take('[')) {
      const parts: string[] = []
      do {
        const token = next()
        if (token.kind !== 'string' && token.kind !== 'name') fail('an annotation’s key', token)
        parts.push(token.text)
      } while (take('.'))
      need(']')
      return parts.join('.')
    }
    need('.')
    const token = next()
    return token.kind === 'name' ? token.text : fail('an annotation’s key', token)
  }

  function service(): Expression {
    need('(')
    const pattern = isNext(')') ? {} : servicePattern()
    need(')')
    return { kind: 'service', service: pattern, filter: filterInBraces() }
  }

  function edge(): Expression {
    need('(')
    const from = servicePattern()
    need(',')
    const to = servicePattern()
    need(')')
    return { kind: 'edge', from, to, filter: filterInBraces() }
  }

  function filterInBraces(): Expression | undefined {
    if (!take('{')) return undefined
    const filter = expressionFrom(0)
    need('}')
    return filter
  }

  function servicePattern(): ServicePattern {
    const token = next()
    if (token.kind === 'string') return { name: token.text }
    if (token.kind === 'name' && token.text.toLowerCase() === 'id') return idPattern()
    return fail('a service: "name" or id(name: "…", type: "…")', token)
  }

  function idPattern(): ServicePattern {
    const pattern: { name?: string; type?: string; accountId?: string } = {}
    need('(')
    do {
      const token = next()
      const key = take('.') ? `${token.text}.${next().text}` : token.text
      need(':')
      const value = next()
      if (value.kind !== 'string') fail('a string in quotes', value)
      if (key === 'name') pattern.name = value.text
      else if (key === 'type') pattern.type = value.text
      else if (key === 'account.id') pattern.accountId = value.text
      else fail('name, type or account.id', token)
    } while (take(','))
    need(')')
    return pattern
  }
}

function isOneOf<Item extends string>(items: readonly Item[], text: string): text is Item {
  return (items as readonly string[]).includes(text)
}

/** Parses an operation's filter expression. Throws an InvalidRequestException with the position of an error. */
export function readFilter(text: string): Expression {
  try {
    return parseFilter(text)
  } catch (error) {
    if (!(error instanceof FilterError)) throw error
    throw invalidRequest(`Invalid filter expression: ${error.message} at position ${error.position}`)
  }
}
