import { expect, test } from 'vitest'
import { compileExpression } from './compile.ts'
import { ExpressionError } from './expression-error.ts'

/** The message and the rest of the expression from the place of the error. */
function errorOf(expression: string): readonly [message: string, rest: string] {
  try {
    compileExpression(expression)
  } catch (error) {
    if (error instanceof ExpressionError) return [error.message, expression.slice(error.at)]
    throw error
  }
  throw new Error(`${expression} compiles`)
}

test.each([
  ['', 'the expression is empty', ''],
  ['  ', 'the expression is empty', '  '],
  ['1 +', 'a value is expected here, but the expression ends', ''],
  ['1 + * 2', 'a value is expected here, not *', '* 2'],
  ['IF(1,,2)', 'a value is expected here, not ,', ',2)'],
  ['$a $b', 'an operator is expected here, not $b', '$b'],
  ['$a/$b', 'an operator is expected here: the column before it is a/. Write spaces around operators', '$b'],
  ['12abc', 'an operator is expected here, not abc', 'abc'],
  ['1)', 'an operator is expected here, not )', ')'],
  ['IF(1,2', 'this bracket is not closed', '(1,2'],
  ['(1 + 2', 'this bracket is not closed', '(1 + 2'],
  ['SUM(1 2)', 'an operator, a comma or ) is expected here, not 2', '2)'],
  ['-$a', 'only a number can have a minus sign: write 0 - … instead', '-$a'],
  ['1 - -(2)', 'only a number can have a minus sign: write 0 - … instead', '-(2)'],
  [
    'duration_ms > 5',
    'a column begins with $: $duration_ms. Text is written in double quotes',
    'duration_ms > 5',
  ],
  ['TO_LOWER(app.user.name)', 'a column begins with $: $app.user.name', 'app.user.name)'],
  ['NOT $a', 'write NOT(…), or ! before the value', 'NOT $a'],
  ['EXISTS $a', 'EXISTS is a function: write EXISTS(…)', 'EXISTS $a'],
  ['$a == 1', 'write = to compare', '== 1'],
  ['$a && $b', 'write AND', '&& $b'],
  ['$a || $b', 'write OR', '|| $b'],
  ['$a <> 1', 'write != to compare', '<> 1'],
  ["$a = 'x'", 'text is written in double quotes', "'x'"],
  ['1 # one', 'an expression has no comments', '# one'],
  ['$a = @', '@ has no meaning here', '@'],
  ['😀', '😀 has no meaning here', '😀'],
  ['$', 'the name of a column is missing after $', '$'],
  ['1 + $"" ', 'a column has no empty name', '$"" '],
  ['1e999', 'this number is too large', '1e999'],
  ['CONCAT("a)', 'the closing " of this text is missing', '"a)'],
  ['CONCAT(`a)', 'the closing ` of this text is missing', '`a)'],
  ['"a\nb"', 'a text in double quotes ends on its line: write \\n', '\nb"'],
  ['"a\\d"', 'this is no escape: write \\\\ for a backslash, or the text in `backquotes`', '\\d"'],
  ['"\\U00110000"', 'there is no such character', '\\U00110000"'],
  ['if($a, 1)', 'there is no function if: write IF', 'if($a, 1)'],
  ['1 + AVG($a)', 'there is no function AVG', 'AVG($a)'],
  ['1 + IF(1)', 'IF takes 2 or more arguments, not 1', 'IF(1)'],
  ['NOT(1, 2)', 'NOT takes 1 argument, not 2', 'NOT(1, 2)'],
  ['EVENT_TIMESTAMP(1)', 'EVENT_TIMESTAMP takes 0 arguments, not 1', 'EVENT_TIMESTAMP(1)'],
  ['BUCKET($a)', 'BUCKET takes 2 to 4 arguments, not 1', 'BUCKET($a)'],
  ['BUCKET($a, $b)', 'a bound must be written out: it cannot depend on the event', '$b)'],
  ['BUCKET($a, "1")', 'a bound of BUCKET is a number', '"1")'],
  ['BUCKET($a, 0)', 'the size of a bucket is more than 0', '0)'],
  ['BUCKET($a, 1, 2, 2)', 'the upper bound is more than the lower one', '2)'],
  ['LENGTH($a, "words")', 'the unit is "chars" or "bytes"', '"words")'],
  ['FORMAT_TIME($a, $b)', 'a format of time must be written out: it cannot depend on the event', '$a, $b)'],
  ['FORMAT_TIME(1, $b)', 'a format of time is a text', '1, $b)'],
  ['FORMAT_TIME(`%Y-%Q`, 0)', 'strftime has no %Q', '%Q`, 0)'],
  ['FORMAT_TIME("%Ey", 0)', 'strftime has no %E', '"%Ey", 0)'],
  ['REG_MATCH($a, $b)', 'a regular expression must be written out: it cannot depend on the event', '$b)'],
  ['REG_MATCH($a, 1)', 'a regular expression is a text', '1)'],
  ['REG_MATCH($a, `a(b`)', 'this bracket is not closed', '(b`)'],
  ['REG_MATCH($a, "a(b")', 'this bracket is not closed', '"a(b")'],
  ['REG_VALUE($a, `a(?=b)`)', 'Honeycomb’s regular expressions have no lookaround', '(?=b)`)'],
  ['REG_COUNT($a, `**`)', 'this is no regular expression: nothing to repeat', '**`)'],
])('%s: %s', (expression, message, rest) => {
  expect(errorOf(expression)).toEqual([message, rest])
})

test('brackets, arguments and ! are nested 50 deep at most, and chains are as long as they may be', () => {
  for (const [open, close] of [
    ['(', ')'],
    ['NOT(', ')'],
    ['!', ''],
  ] as const) {
    expect(() => compileExpression(`${open.repeat(50)}1${close.repeat(50)}`)).not.toThrow()
    const [message, rest] = errorOf(`${open.repeat(51)}1${close.repeat(51)}`)
    expect([message, rest]).toEqual(['this is nested more than 50 deep', `${open}1${close.repeat(51)}`])
  }
  for (const operator of ['+', '*', 'AND', 'OR', '=', '<', '-']) {
    const { evaluate } = compileExpression(Array(550).fill('$a').join(` ${operator} `))
    expect(() => evaluate([1], 0)).not.toThrow()
  }
})

test('an expression has at most 4,000 characters', () => {
  expect(errorOf('1'.repeat(4_001))).toEqual(['an expression has at most 4000 characters', '1'])
})
