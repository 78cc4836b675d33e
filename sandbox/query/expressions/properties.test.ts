import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ColumnValue } from '../../../contracts/sandbox/query.ts'
import { FUNCTIONS } from '../../../contracts/sandbox/query-functions.ts'
import { type CompiledExpression, compileExpression } from './compile.ts'
import { ExpressionError } from './expression-error.ts'

const COLUMNS = ['a', 'b', 'c d', '__proto__']
const value: fc.Arbitrary<ColumnValue | null> = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.double(),
  fc.integer({ min: -10, max: 10 }),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('true', '1.5', '2017-07-20T11:22:44Z', 'x'.repeat(20_000)),
)
const literal = fc.oneof(
  fc.constantFrom('true', 'false', 'null', '"text"', '`a+`', '"%Y-%m"', '0', '-1', '2.5', '1e300'),
  ...COLUMNS.map((name) => fc.constant(`$"${name}"`)),
)
const operator = fc.constantFrom('+', '-', '*', '/', '%', '<', '<=', '>', '>=', '=', '!=', 'AND', 'OR')

/** Expressions that follow the grammar; some have a wrong number of arguments. */
const { expression } = fc.letrec<{ expression: string }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    literal,
    fc.tuple(tie('expression'), operator, tie('expression')).map((parts) => parts.join(' ')),
    tie('expression').map((inner) => `(${inner})`),
    tie('expression').map((inner) => `!${inner}`),
    fc
      .tuple(
        fc.constantFrom(...FUNCTIONS.map(({ name }) => name)),
        fc.array(tie('expression'), { maxLength: 4 }),
      )
      .map(([name, args]) => `${name}(${args.join(', ')})`),
  ),
}))

function compiled(text: string): CompiledExpression | undefined {
  try {
    return compileExpression(text)
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error
    expect(error.at).toBeGreaterThanOrEqual(0)
    expect(error.at).toBeLessThanOrEqual(text.length)
    return undefined
  }
}

test('no evaluation throws, and each returns a value that JSON has', () => {
  let evaluations = 0
  fc.assert(
    fc.property(
      expression,
      fc.array(value, { minLength: 4, maxLength: 4 }),
      fc.double(),
      (text, values, timeMs) => {
        const ready = compiled(text)
        if (!ready) return
        evaluations++
        const result = ready.evaluate(values, timeMs)
        expect(result === null || ['string', 'number', 'boolean'].includes(typeof result)).toBe(true)
        // A column is returned as it is, also where it has no JSON.
        if (typeof result === 'number' && !values.includes(result)) expect(Number.isFinite(result)).toBe(true)
        expect(ready.evaluate(values, timeMs)).toEqual(result)
      },
    ),
    { numRuns: 2_000 },
  )
  expect(evaluations).toBeGreaterThan(300)
})

test('anything but an expression is an ExpressionError with a place in it', () => {
  const soup = fc
    .array(
      fc.constantFrom(
        '$',
        '"',
        '`',
        '(',
        ')',
        ',',
        '\\',
        '-',
        '!',
        '=',
        'IF',
        'AND',
        ' ',
        '1',
        '.',
        'e',
        '\n',
        '😀',
      ),
    )
    .map((parts) => parts.join(''))
  const damaged = fc
    .tuple(expression, fc.nat(), fc.string({ unit: 'binary', maxLength: 3 }))
    .map(([text, place, noise]) => {
      const at = place % (text.length + 1)
      return text.slice(0, at) + noise + text.slice(at + 1)
    })
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), soup, damaged), (text) => {
      compiled(text)?.evaluate([], 0)
    }),
    { numRuns: 3_000 },
  )
})

test('any text can be a regular expression or is refused', () => {
  const part = fc.constantFrom(
    'a',
    '\\d',
    '[',
    ']',
    '(',
    ')',
    '?',
    '*',
    '+',
    '{2}',
    '|',
    '^',
    '$',
    '(?i)',
    '\\',
    '-',
    '😀',
  )
  fc.assert(
    fc.property(fc.array(part, { maxLength: 8 }), fc.string({ maxLength: 12 }), (parts, text) => {
      const quoted = JSON.stringify(parts.join(''))
      const found = compiled(`REG_COUNT($a, ${quoted})`)?.evaluate([text], 0)
      const matches = compiled(`REG_MATCH($a, ${quoted})`)?.evaluate([text], 0)
      if (typeof found === 'number') expect(found > 0).toBe(matches)
    }),
    { numRuns: 2_000 },
  )
})

test('arithmetic equals a direct computation', () => {
  type Sum = { readonly text: string; readonly expected: number | null }
  const finite = (number: number) => (Number.isFinite(number) ? number + 0 : null)
  const number = fc
    .oneof(fc.integer({ min: -1_000, max: 1_000 }), fc.double({ noNaN: true, min: -1e9, max: 1e9 }))
    .map((expected): Sum => ({ text: String(expected), expected: expected + 0 }))
  const apply: Readonly<Record<string, (left: number, right: number) => number>> = {
    '+': (left, right) => left + right,
    '-': (left, right) => left - right,
    '*': (left, right) => left * right,
    '/': (left, right) => left / right,
    '%': (left, right) => left % right,
  }
  const { sum } = fc.letrec<{ sum: Sum }>((tie) => ({
    sum: fc.oneof(
      { maxDepth: 5, depthSize: 'medium' },
      number,
      fc.tuple(tie('sum'), fc.constantFrom(...Object.keys(apply)), tie('sum')).map(([left, sign, right]) => ({
        text: `(${left.text} ${sign} ${right.text})`,
        expected: finite(apply[sign]?.(left.expected ?? 0, right.expected ?? 0) ?? 0),
      })),
    ),
  }))
  fc.assert(
    fc.property(sum, ({ text, expected }) => {
      expect(compileExpression(text).evaluate([], 0)).toBe(expected)
    }),
    { numRuns: 1_000 },
  )
})

test('operators and functions are the same', () => {
  const pairs = [
    ['$a + $b', 'SUM($a, $b)'],
    ['$a - $b', 'SUB($a, $b)'],
    ['$a * $b', 'MUL($a, $b)'],
    ['$a / $b', 'DIV($a, $b)'],
    ['$a % $b', 'MOD($a, $b)'],
    ['$a < $b', 'LT($a, $b)'],
    ['$a <= $b', 'LTE($a, $b)'],
    ['$a > $b', 'GT($a, $b)'],
    ['$a >= $b', 'GTE($a, $b)'],
    ['$a = $b', 'EQUALS($a, $b)'],
    ['$a = $b', 'IN($a, $b)'],
    ['$a != $b', 'NOT(EQUALS($a, $b))'],
    ['$a AND $b', 'AND($a, $b)'],
    ['$a OR $b', 'OR($a, $b)'],
    ['!$a OR !$b', 'NOT($a AND $b)'],
    ['$b > $a', '$a < $b'],
  ].map((texts) => texts.map(compileExpression))
  fc.assert(
    fc.property(value, value, (a, b) => {
      for (const [left, right] of pairs) {
        // Both list $a and $b, not in the same order.
        const valuesOf = (ready: CompiledExpression) => ready.columns.map((name) => (name === 'a' ? a : b))
        if (left && right)
          expect(left.evaluate(valuesOf(left), 0)).toEqual(right.evaluate(valuesOf(right), 0))
      }
    }),
  )
})
