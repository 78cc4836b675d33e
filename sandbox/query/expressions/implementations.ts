import { compileBucket } from './bucket.ts'
import { AND, COALESCE, IF, IN, OR, SWITCH } from './conditions.ts'
import { ExpressionError } from './expression-error.ts'
import { binary, fold, type Implementation, literalOf, NOTHING, placeIn, unary } from './implementation.ts'
import { OPERATORS } from './operators.ts'
import { CONCAT, comparing, LENGTH, REG_COUNT, REG_MATCH, REG_VALUE } from './text-functions.ts'
import { compileTimeFormat } from './time-format.ts'
import { unixTimeOf } from './unix-time.ts'
import { finite, isTruthy, numberOf, parsedNumber, textOf, type Value } from './values.ts'

/** The first value that exists, or a better one of its type. */
function best(isBetter: <Kind>(value: Kind, before: Kind) => boolean): Implementation {
  return fold<Value>(
    (value) => value,
    (before, value) => {
      if (before === null) return value
      return typeof value === typeof before && isBetter(value, before) ? value : before
    },
  )
}

function arithmetic(apply: (result: number, number: number) => number): Implementation {
  return fold(
    (value) => finite(numberOf(value)),
    (result, value) => finite(apply(numberOf(result), numberOf(value))),
  )
}

const LOG10 = unary((value) => {
  const number = parsedNumber(value)
  return number === undefined || number <= 0 ? null : finite(Math.log10(number))
})

const BUCKET: Implementation = {
  min: 2,
  max: 4,
  compile([subject = NOTHING], [, ...nodes]) {
    const bounds = nodes.map((node) => {
      const bound = literalOf(node, 'a bound')
      if (typeof bound === 'number') return { bound, at: node.at }
      throw new ExpressionError('a bound of BUCKET is a number', node.at)
    })
    const [size = { bound: 0, at: 0 }, min, max] = bounds
    if (size.bound <= 0) throw new ExpressionError('the size of a bucket is more than 0', size.at)
    if (min && max && max.bound <= min.bound) {
      throw new ExpressionError('the upper bound is more than the lower one', max.at)
    }
    const bucketOf = compileBucket({ size: size.bound, min: min?.bound, max: max?.bound })
    return (values, timeMs) => bucketOf(subject(values, timeMs))
  },
}

const FORMAT_TIME: Implementation = {
  min: 2,
  max: 2,
  compile([, time = NOTHING], [node]) {
    if (!node) return NOTHING
    const format = literalOf(node, 'a format of time')
    if (typeof format !== 'string') throw new ExpressionError('a format of time is a text', node.at)
    const toText = compileTimeFormat(format, (index) => {
      throw new ExpressionError(`strftime has no ${format.slice(index, index + 2)}`, placeIn(node, index))
    })
    return (values, timeMs) => {
      const seconds = parsedNumber(time(values, timeMs))
      return seconds === undefined ? null : toText(seconds)
    }
  },
}

const EVENT_TIMESTAMP: Implementation = {
  min: 0,
  max: 0,
  compile: () => (_values, timeMs) => finite(timeMs / 1_000),
}

/** Functions that are operators too. */
const COMPARISONS_AND_ARITHMETIC = ['LT', 'LTE', 'GT', 'GTE', 'EQUALS', 'SUB', 'DIV', 'MOD'].flatMap(
  (name) => {
    const operator = OPERATORS.get(name)
    return operator ? [[name, binary(operator)] as const] : []
  },
)

/** Every function. Source: https://docs.honeycomb.io/reference/calculated-field-formula/ */
export const IMPLEMENTATIONS: ReadonlyMap<string, Implementation> = new Map<string, Implementation>([
  ...COMPARISONS_AND_ARITHMETIC,
  ['IF', IF],
  ['SWITCH', SWITCH],
  ['COALESCE', COALESCE],
  ['IN', IN],
  ['EXISTS', unary((value) => value !== null)],
  ['NOT', unary((value) => !isTruthy(value))],
  ['AND', AND],
  ['OR', OR],
  ['MIN', best((value, before) => value < before)],
  ['MAX', best((value, before) => value > before)],
  ['SUM', arithmetic((sum, number) => sum + number)],
  ['MUL', arithmetic((product, number) => product * number)],
  ['LOG10', LOG10],
  ['BUCKET', BUCKET],
  ['INT', unary((value) => finite(Math.trunc(numberOf(value))))],
  ['FLOAT', unary((value) => finite(numberOf(value)))],
  ['BOOL', unary(isTruthy)],
  ['STRING', unary(textOf)],
  ['CONCAT', CONCAT],
  ['TO_LOWER', unary((value) => (typeof value === 'string' ? value.toLowerCase() : null))],
  ['LENGTH', LENGTH],
  ['STARTS_WITH', comparing((text, part) => text.startsWith(part))],
  ['ENDS_WITH', comparing((text, part) => text.endsWith(part))],
  ['CONTAINS', comparing((text, part) => text.includes(part))],
  ['REG_MATCH', REG_MATCH],
  ['REG_VALUE', REG_VALUE],
  ['REG_COUNT', REG_COUNT],
  ['UNIX_TIMESTAMP', unary((value) => (typeof value === 'string' ? unixTimeOf(value) : null))],
  ['EVENT_TIMESTAMP', EVENT_TIMESTAMP],
  ['FORMAT_TIME', FORMAT_TIME],
])
