import {
  ALL_FLAGS,
  ALL_NUMBERS,
  ALL_STRINGS,
  CAUSE_FLAGS,
  CAUSE_NUMBERS,
  CAUSE_STRINGS,
  causeOf,
  GROUP_KEYWORDS,
  isOneOf,
  JSON_KEYWORDS,
  keywordsOfCause,
  MAX_FILTER_DEPTH,
} from '../../../contracts/sandbox/xray-filter-words.ts'
import { invalidRequest } from '../xray-error.ts'
import { comparison, flag, json } from './comparison.ts'
import { Cursor } from './cursor.ts'
import type { Expression } from './expression.ts'
import { FilterError, type Token } from './lexer.ts'
import { idPattern, servicePattern } from './service-pattern.ts'

/** Precedence of the operators; adjacent terms are joined by AND. */
const POWER = { OR: 1, AND: 2 } as const

const CAUSE_ONLY: readonly string[] = [...CAUSE_FLAGS, ...CAUSE_NUMBERS, ...CAUSE_STRINGS]

/**
 * Parses a filter expression. Throws a FilterError with what was expected, and where. Precedence climbing over
 *
 * ```
 * expression  = term { [ "AND" | "OR" ] term }            AND binds tighter; nothing between two terms is AND
 * term        = "!" term | "(" expression ")" | service | edge | id | cause | json | comparison | flag
 * flag        = ( "ok" | "error" | "fault" | "throttle" | "partial" | "inferred" | "root" ) [ ( "=" | "!=" ) boolean ]
 * comparison  = ( keyword | annotation ) [ operator value ]           without an operator: whether there is a value
 * keyword     = "responsetime" | "duration" | "http.status" | "http.url" | "http.method" | "http.useragent"
 *             | "http.clientip" | "user" | "name" | "type" | "availabilityzone" | "instance.id" | "resource.arn"
 *             | "group.name" | "group.arn"
 * annotation  = "annotation." name | "annotation[" ( name { "." name } | string ) "]"
 * operator    = "=" | "!=" | "<" | "<=" | ">" | ">=" | "CONTAINS" | "BEGINSWITH" | "ENDSWITH"
 *               (for a group only "=" and "!=")
 * value       = string | number | boolean | name                      a name only as the value of a keyword of text
 * service     = "service(" [ pattern ] ")" [ "{" expression "}" ]
 * edge        = "edge(" pattern "," pattern ")" [ "{" expression "}" ]
 * id          = "id(" key ":" string { "," key ":" string } ")"       key = "name" | "type" | "account.id"
 * pattern     = string | id
 * cause       = "rootcause." ( "fault" | "error" | "responsetime" ) "." ( "service" | "entity" | "exception" )
 *               [ "{" expression "}" ]                                 with only the keywords of `keywordsOfCause`
 * json        = [ "rootcause." ] "json" [ ( "=" | "!=" ) "#" JSON ]
 * ```
 *
 * Words are read in any case. Source: https://docs.aws.amazon.com/xray/latest/devguide/xray-console-filters.html
 */
export function parseFilter(text: string): Expression {
  const cursor = new Cursor(text)
  let depth = 0

  const expression = expressionFrom(0)
  if (cursor.peek().kind !== 'end') cursor.fail('AND, OR or the end')
  return expression

  /** `only`: the keywords that are possible; undefined for those of traces and segments. */
  function expressionFrom(power: number, only?: readonly string[]): Expression {
    let left = term(only)
    while (cursor.peek().kind !== 'end' && !cursor.isNext(')') && !cursor.isNext('}')) {
      const isOr = cursor.isNext('OR')
      const own = isOr ? POWER.OR : POWER.AND
      if (own <= power) break
      if (isOr || cursor.isNext('AND')) cursor.next()
      left = { kind: isOr ? 'or' : 'and', left, right: expressionFrom(own, only) }
    }
    return left
  }

  function term(only?: readonly string[]): Expression {
    if (++depth > MAX_FILTER_DEPTH) throw new FilterError('nested too deeply', cursor.peek().position)
    const found = termAtDepth(only)
    depth--
    return found
  }

  function termAtDepth(only?: readonly string[]): Expression {
    if (cursor.take('!')) return { kind: 'not', operand: term(only) }
    if (cursor.take('(')) {
      const inner = expressionFrom(0, only)
      cursor.need(')')
      return inner
    }
    const token = cursor.peek()
    if (token.kind !== 'name') return cursor.fail('a keyword')
    cursor.next()
    const word = token.text.toLowerCase()
    if (word === 'annotation' && !only) return comparison(cursor, { annotation: annotationKey() })
    const name = cursor.dottedName(token)
    return only ? ofCause(name, token, only) : ofTrace(name, token)
  }

  function ofTrace(name: string, token: Token): Expression {
    if (name === 'service') return service()
    if (name === 'edge') return edge()
    if (name === 'id') return { kind: 'service', service: idPattern(cursor), filter: undefined }
    const cause = causeOf(name)
    if (cause) {
      const filter = filterInBraces(keywordsOfCause(cause.kind, cause.list))
      return { kind: 'cause', cause: cause.kind, list: cause.list, filter }
    }
    if (isOneOf(JSON_KEYWORDS, name)) return json(cursor)
    if (CAUSE_ONLY.includes(name)) {
      throw new FilterError(`${name} belongs within the braces of rootcause.… { }`, token.position)
    }
    return (
      keyword(name) ?? fail('a keyword such as fault, responsetime, annotation.key or service("name")', token)
    )
  }

  function ofCause(name: string, token: Token, only: readonly string[]): Expression {
    if (!only.includes(name)) return fail(`one of ${only.join(', ')}`, token)
    return keyword(name) ?? fail('a keyword', token)
  }

  function keyword(name: string): Expression | undefined {
    if (isOneOf(ALL_FLAGS, name)) return flag(cursor, name)
    return isOneOf([...ALL_NUMBERS, ...ALL_STRINGS, ...GROUP_KEYWORDS], name)
      ? comparison(cursor, name)
      : undefined
  }

  function fail(expected: string, token: Token): never {
    return cursor.fail(expected, token)
  }

  function annotationKey(): string {
    if (cursor.take('[')) {
      const parts: string[] = []
      do {
        const token = cursor.next()
        if (token.kind !== 'string' && token.kind !== 'name') fail('an annotation’s key', token)
        parts.push(token.text)
      } while (cursor.take('.'))
      cursor.need(']')
      return parts.join('.')
    }
    cursor.need('.')
    const token = cursor.next()
    return token.kind === 'name' ? token.text : fail('an annotation’s key', token)
  }

  function service(): Expression {
    cursor.need('(')
    const pattern = cursor.isNext(')') ? {} : servicePattern(cursor)
    cursor.need(')')
    return { kind: 'service', service: pattern, filter: filterInBraces() }
  }

  function edge(): Expression {
    cursor.need('(')
    const from = servicePattern(cursor)
    cursor.need(',')
    const to = servicePattern(cursor)
    cursor.need(')')
    return { kind: 'edge', from, to, filter: filterInBraces() }
  }

  function filterInBraces(only?: readonly string[]): Expression | undefined {
    if (!cursor.take('{')) return undefined
    const filter = expressionFrom(0, only)
    cursor.need('}')
    return filter
  }
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
