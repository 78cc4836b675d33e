import { areOrdered, finite, numberOf, type Value } from './values.ts'

type Operator = (left: Value, right: Value) => Value

function add(left: Value, right: Value): Value {
  return finite(numberOf(left) + numberOf(right))
}

function subtract(left: Value, right: Value): Value {
  return finite(numberOf(left) - numberOf(right))
}

function multiply(left: Value, right: Value): Value {
  return finite(numberOf(left) * numberOf(right))
}

/** Null for a division by zero, as every result that is not finite. */
function divide(left: Value, right: Value): Value {
  return finite(numberOf(left) / numberOf(right))
}

function remainder(left: Value, right: Value): Value {
  return finite(numberOf(left) % numberOf(right))
}

function isLess(left: Value, right: Value): Value {
  return left !== null && right !== null && areOrdered(left, right) && left < right
}

function isAtMost(left: Value, right: Value): Value {
  return left !== null && right !== null && areOrdered(left, right) && left <= right
}

/** Arguments of different types are not equal. */
function equals(left: Value, right: Value): Value {
  return left === right
}

/**
 * Operators and functions of two arguments, by both names. AND and OR are not here: they need not evaluate both.
 *
 * Source: https://docs.honeycomb.io/reference/calculated-field-formula/math/ and comparison/
 */
export const OPERATORS: ReadonlyMap<string, Operator> = new Map([
  ['+', add],
  ['-', subtract],
  ['SUB', subtract],
  ['*', multiply],
  ['/', divide],
  ['DIV', divide],
  ['%', remainder],
  ['MOD', remainder],
  ['<', isLess],
  ['LT', isLess],
  ['<=', isAtMost],
  ['LTE', isAtMost],
  ['>', (left, right) => isLess(right, left)],
  ['GT', (left, right) => isLess(right, left)],
  ['>=', (left, right) => isAtMost(right, left)],
  ['GTE', (left, right) => isAtMost(right, left)],
  ['=', equals],
  ['EQUALS', equals],
  ['!=', (left, right) => left !== right],
])
