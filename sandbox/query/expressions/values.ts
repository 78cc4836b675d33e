import type { ColumnValue } from '../../../contracts/sandbox/query.ts'

/** What a part of an expression evaluates to. */
export type Value = ColumnValue | null

/** A compiled part of an expression. `timeMs`: the event's time in epoch ms. Never throws. */
export type Evaluate = (values: readonly Value[], timeMs: number) => Value

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/

/** A number, or one that a text spells; undefined for anything else, and for what is not finite. */
export function parsedNumber(value: Value): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined
  if (typeof value !== 'string' || !DECIMAL.test(value)) return undefined
  const number = Number(value)
  return Number.isFinite(number) ? number : undefined
}

/** The operand of arithmetic: what is no number counts as 0. Source: calculated-field-formula/math */
export function numberOf(value: Value): number {
  return parsedNumber(value) ?? 0
}

/** The result of arithmetic: null where it is no finite number, which JSON does not have. */
export function finite(number: number): number | null {
  // Adding 0 makes 0 of -0.
  return Number.isFinite(number) ? number + 0 : null
}

/** Source: calculated-field-formula/cast, BOOL. */
export function isTruthy(value: Value): boolean {
  return value === true || value === 'true' || (typeof value === 'number' && value !== 0)
}

export function textOf(value: Value): string {
  return value === null ? '' : String(value)
}

/** Whether an order exists: both are numbers, or both are text. */
export function areOrdered(left: Value, right: Value): boolean {
  return typeof left === typeof right && (typeof left === 'number' || typeof left === 'string')
}
