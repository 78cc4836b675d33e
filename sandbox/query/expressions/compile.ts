import type { ColumnValue } from '../../../contracts/sandbox/query.ts'
import { FUNCTIONS } from '../../../contracts/sandbox/query-functions.ts'
import { QUERY_LIMITS } from '../../../contracts/sandbox/query-words.ts'
import { ExpressionError } from './expression-error.ts'
import type { Implementation } from './implementation.ts'
import { IMPLEMENTATIONS } from './implementations.ts'
import { OPERATORS } from './operators.ts'
import { type Node, parseExpression } from './parse.ts'
import type { Evaluate } from './values.ts'

const METRICS_ONLY = 'it is for metrics, and a question here is about spans and log records'

/** Documented functions that are left out, and why. */
export const UNAVAILABLE_FUNCTIONS: ReadonlyMap<string, string> = new Map([
  ['INGEST_TIMESTAMP', 'the sandbox does not keep when an event arrived'],
  ['LAST', METRICS_ONLY],
  ['RATE', METRICS_ONLY],
  ['INCREASE', METRICS_ONLY],
  ['SUMMARIZE', METRICS_ONLY],
  ['RAW_METRIC', METRICS_ONLY],
])

/** A calculated field's expression, ready to be evaluated for many events. */
export interface CompiledExpression {
  /** The columns that it reads, in the order of `values`. */
  readonly columns: readonly string[]
  /** The value for one event. `values[i]` is that of `columns[i]`, null where the event has none. `timeMs`: the event's time. Never throws. */
  evaluate(values: readonly (ColumnValue | null)[], timeMs: number): ColumnValue | null
  /** Whether it needs the event's time. */
  readonly usesTime: boolean
}

/** Collected while an expression is compiled. */
interface Needs {
  /** By column, its index in `values`. */
  readonly columns: Map<string, number>
  usesTime: boolean
}

/**
 * Compiles an expression in the language of Honeycomb's calculated fields. The time of an evaluation is linear in the length
 * of the expression, regular expressions aside. Throws an ExpressionError with a message for people and the place where the
 * expression is wrong.
 *
 * Source: https://docs.honeycomb.io/reference/calculated-field-formula/
 */
export function compileExpression(text: string): CompiledExpression {
  const limit = QUERY_LIMITS.expressionLength
  if (text.length > limit) throw new ExpressionError(`an expression has at most ${limit} characters`, limit)
  const needs: Needs = { columns: new Map(), usesTime: false }
  const evaluate = compileNode(parseExpression(text), needs)
  return { columns: [...needs.columns.keys()], usesTime: needs.usesTime, evaluate }
}

function compileNode(node: Node, needs: Needs): Evaluate {
  switch (node.kind) {
    case 'literal': {
      const { value } = node
      return () => value
    }
    case 'column': {
      const index = needs.columns.get(node.name) ?? needs.columns.size
      needs.columns.set(node.name, index)
      return (values) => values[index] ?? null
    }
    case 'call': {
      if (node.name === 'EVENT_TIMESTAMP') needs.usesTime = true
      const implementation = implementationOf(node.name, node.args.length, node.at)
      const args = node.args.map((argument) => compileNode(argument, needs))
      return implementation.compile(args, node.args)
    }
    case 'chain':
      return compileChain(node, needs)
  }
}

function compileChain(node: Node & { kind: 'chain' }, needs: Needs): Evaluate {
  const first = compileNode(node.first, needs)
  const rest = node.rest.map(({ operator, operand }) => ({ operator, operand: compileNode(operand, needs) }))
  // AND and OR are each alone in their precedence, so a chain with one of them has no other operator.
  const implementation = IMPLEMENTATIONS.get(node.rest[0]?.operator ?? '')
  if (implementation) return implementation.compile([first, ...rest.map(({ operand }) => operand)], [])
  const steps = rest.flatMap(({ operator, operand }) => {
    const apply = OPERATORS.get(operator)
    return apply ? [{ apply, operand }] : []
  })
  const [only] = steps
  if (only && steps.length === 1) {
    const { apply, operand } = only
    return (values, timeMs) => apply(first(values, timeMs), operand(values, timeMs))
  }
  return (values, timeMs) => {
    let value = first(values, timeMs)
    for (const { apply, operand } of steps) value = apply(value, operand(values, timeMs))
    return value
  }
}

function implementationOf(name: string, given: number, at: number): Implementation {
  const implementation = IMPLEMENTATIONS.get(name)
  if (!implementation) throw unknownFunction(name, at)
  const { min, max } = implementation
  if (given >= min && given <= max) return implementation
  const expected =
    min === max ? String(min) : max === Number.POSITIVE_INFINITY ? `${min} or more` : `${min} to ${max}`
  throw new ExpressionError(
    `${name} takes ${expected} argument${expected === '1' ? '' : 's'}, not ${given}`,
    at,
  )
}

function unknownFunction(name: string, at: number): ExpressionError {
  const reason = UNAVAILABLE_FUNCTIONS.get(name)
  if (reason) return new ExpressionError(`${name} is not available here: ${reason}`, at)
  const upper = name.toUpperCase()
  const hint = FUNCTIONS.some((known) => known.name === upper) ? `: write ${upper}` : ''
  return new ExpressionError(`there is no function ${name}${hint}`, at)
}
