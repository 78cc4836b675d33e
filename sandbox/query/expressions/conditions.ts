import { type Implementation, NOTHING } from './implementation.ts'
import { type Evaluate, isTruthy, type Value } from './values.ts'

// Functions that do not evaluate all their arguments.
// Source: https://docs.honeycomb.io/reference/calculated-field-formula/conditional/ and logical/

const ANY_NUMBER = Number.POSITIVE_INFINITY

/** Conditions and values by turns, and a last value without a condition. */
export const IF: Implementation = {
  min: 2,
  max: ANY_NUMBER,
  compile(args) {
    const { pairs, otherwise } = pairsOf(args)
    return (values, timeMs) => {
      for (const [condition, value] of pairs) {
        if (isTruthy(condition(values, timeMs))) return value(values, timeMs)
      }
      return otherwise(values, timeMs)
    }
  },
}

/** With the rules of EQUALS. */
export const SWITCH: Implementation = {
  min: 3,
  max: ANY_NUMBER,
  compile([subject = NOTHING, ...rest]) {
    const { pairs, otherwise } = pairsOf(rest)
    return (values, timeMs) => {
      const value = subject(values, timeMs)
      for (const [option, result] of pairs) {
        if (option(values, timeMs) === value) return result(values, timeMs)
      }
      return otherwise(values, timeMs)
    }
  },
}

function pairsOf(args: readonly Evaluate[]): {
  pairs: readonly (readonly [Evaluate, Evaluate])[]
  otherwise: Evaluate
} {
  const pairs: (readonly [Evaluate, Evaluate])[] = []
  for (let index = 0; index + 1 < args.length; index += 2) {
    pairs.push([args[index] ?? NOTHING, args[index + 1] ?? NOTHING])
  }
  return { pairs, otherwise: args.length % 2 === 1 ? (args.at(-1) ?? NOTHING) : NOTHING }
}

export const COALESCE: Implementation = {
  min: 1,
  max: ANY_NUMBER,
  compile: (args) => (values, timeMs) => {
    for (const argument of args) {
      const value = argument(values, timeMs)
      if (value !== null) return value
    }
    return null
  },
}

export const IN: Implementation = {
  min: 2,
  max: ANY_NUMBER,
  compile([subject = NOTHING, ...options], [, ...nodes]) {
    const literals = nodes.flatMap((node) => (node.kind === 'literal' ? [node.value] : []))
    if (literals.length === options.length) {
      const set = new Set<Value>(literals)
      return (values, timeMs) => set.has(subject(values, timeMs))
    }
    return (values, timeMs) => {
      const value = subject(values, timeMs)
      return options.some((option) => option(values, timeMs) === value)
    }
  },
}

/** AND stops at the first argument that is not true, OR at the first that is. */
function stopAt(truth: boolean): Implementation {
  return {
    min: 1,
    max: ANY_NUMBER,
    compile: (args) => (values, timeMs) => {
      for (const argument of args) if (isTruthy(argument(values, timeMs)) === truth) return truth
      return !truth
    },
  }
}

export const AND = stopAt(false)
export const OR = stopAt(true)
