import { ExpressionError } from './expression-error.ts'
import type { Node } from './parse.ts'
import type { Evaluate, Value } from './values.ts'

/** How a function is compiled, and how many arguments it takes. */
export interface Implementation {
  readonly min: number
  readonly max: number
  /** `nodes`: the arguments as they are written, for those that must be literals. */
  compile(args: readonly Evaluate[], nodes: readonly Node[]): Evaluate
}

export const NOTHING: Evaluate = () => null

/** A function of one value. */
export function unary(apply: (value: Value) => Value): Implementation {
  return {
    min: 1,
    max: 1,
    compile:
      ([argument = NOTHING]) =>
      (values, timeMs) =>
        apply(argument(values, timeMs)),
  }
}

/** A function of two values. */
export function binary(apply: (left: Value, right: Value) => Value): Implementation {
  return {
    min: 2,
    max: 2,
    compile:
      ([left = NOTHING, right = NOTHING]) =>
      (values, timeMs) =>
        apply(left(values, timeMs), right(values, timeMs)),
  }
}

/** A function of all its arguments, one after the other. */
export function fold<Result extends Value>(
  start: (value: Value) => Result,
  next: (before: Result, value: Value) => Result,
): Implementation {
  return {
    min: 1,
    max: Number.POSITIVE_INFINITY,
    compile:
      ([first = NOTHING, ...rest]) =>
      (values, timeMs) => {
        let result = start(first(values, timeMs))
        for (const argument of rest) result = next(result, argument(values, timeMs))
        return result
      },
  }
}

/** The value of an argument that must be a literal. `what`: the argument, for the error's message. */
export function literalOf(node: Node, what: string): Value {
  if (node.kind === 'literal') return node.value
  throw new ExpressionError(`${what} must be written out: it cannot depend on the event`, node.at)
}

/** The place of a literal text's character. In double quotes it is that of the text: escapes move what follows them. */
export function placeIn(node: Node, index: number): number {
  return node.kind === 'literal' && node.isRaw ? node.at + 1 + index : node.at
}
