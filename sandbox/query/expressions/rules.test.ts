import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { ColumnValue } from '../../../contracts/sandbox/query.ts'
import { FUNCTIONS } from '../../../contracts/sandbox/query-functions.ts'
import { compileExpression, UNAVAILABLE_FUNCTIONS } from './compile.ts'
import { IMPLEMENTATIONS } from './implementations.ts'

/** The value where `$x` is the given one. */
function evaluate(expression: string, x: ColumnValue | null = null): ColumnValue | null {
  return compileExpression(expression).evaluate([x], 0)
}

/** Functions of one value, for each kind of value. */
const VALUES = [null, true, false, 0, 2.5, -2.5, '', 'text', '2.5', 'true'] as const
const BY_VALUE: Readonly<Record<string, readonly (ColumnValue | null)[]>> = {
  'EXISTS($x)': [false, true, true, true, true, true, true, true, true, true],
  'BOOL($x)': [false, true, false, false, true, true, false, false, false, true],
  'NOT($x)': [true, false, true, true, false, false, true, true, true, false],
  '!$x': [true, false, true, true, false, false, true, true, true, false],
  'IF($x, 1)': [null, 1, null, null, 1, 1, null, null, null, 1],
  'AND($x)': [false, true, false, false, true, true, false, false, false, true],
  'OR($x, false)': [false, true, false, false, true, true, false, false, false, true],
  'INT($x)': [0, 0, 0, 0, 2, -2, 0, 0, 2, 0],
  'FLOAT($x)': [0, 0, 0, 0, 2.5, -2.5, 0, 0, 2.5, 0],
  'STRING($x)': ['', 'true', 'false', '0', '2.5', '-2.5', '', 'text', '2.5', 'true'],
  'CONCAT($x)': ['', 'true', 'false', '0', '2.5', '-2.5', '', 'text', '2.5', 'true'],
  'COALESCE($x, 1)': [1, true, false, 0, 2.5, -2.5, '', 'text', '2.5', 'true'],
  'SUM($x, 1)': [1, 1, 1, 1, 3.5, -1.5, 1, 1, 3.5, 1],
  '$x + 1': [1, 1, 1, 1, 3.5, -1.5, 1, 1, 3.5, 1],
  'SUB(1, $x)': [1, 1, 1, 1, -1.5, 3.5, 1, 1, -1.5, 1],
  'MUL($x, 2)': [0, 0, 0, 0, 5, -5, 0, 0, 5, 0],
  'DIV(5, $x)': [null, null, null, null, 2, -2, null, null, 2, null],
  'MOD(6, $x)': [null, null, null, null, 1, 1, null, null, 1, null],
  'LOG10($x)': [null, null, null, null, Math.log10(2.5), null, null, null, Math.log10(2.5), null],
  'BUCKET($x, 2)': [null, null, null, '-2 - 0', '2 - 4', '-4 - -2', null, null, null, null],
  'MIN($x, 1)': [1, true, false, 0, 1, -2.5, '', 'text', '2.5', 'true'],
  'MAX(1, $x)': [1, 1, 1, 1, 2.5, 1, 1, 1, 1, 1],
  'LT($x, 1)': [false, false, false, true, false, true, false, false, false, false],
  'GTE($x, "a")': [false, false, false, false, false, false, false, true, false, true],
  'LTE($x, null)': VALUES.map(() => false),
  'EQUALS($x, 2.5)': [false, false, false, false, true, false, false, false, false, false],
  '$x != "2.5"': [true, true, true, true, true, true, true, true, false, true],
  '$x = null': [true, false, false, false, false, false, false, false, false, false],
  'IN($x, true, 0, "")': [false, true, false, true, false, false, true, false, false, false],
  'SWITCH($x, "true", 1, true, 2)': [null, 2, null, null, null, null, null, null, null, 1],
  'TO_LOWER($x)': [null, null, null, null, null, null, '', 'text', '2.5', 'true'],
  'LENGTH($x)': [null, null, null, null, null, null, 0, 4, 3, 4],
  'STARTS_WITH($x, "t")': [false, false, false, false, false, false, false, true, false, true],
  'ENDS_WITH($x, "")': [false, false, false, false, false, false, true, true, true, true],
  'CONTAINS("2.5 text", $x)': [false, false, false, false, false, false, true, true, true, false],
  'REG_MATCH($x, `^.?`)': [false, false, false, false, false, false, true, true, true, true],
  'REG_VALUE($x, `[a-z]+`)': [null, null, null, null, null, null, null, 'text', null, 'true'],
  'REG_COUNT($x, `t`)': [0, 0, 0, 0, 0, 0, 0, 2, 0, 1],
  'UNIX_TIMESTAMP($x)': VALUES.map(() => null),
  'FORMAT_TIME("%S", $x)': [null, null, null, '00', '02', '57', null, null, '02', null],
  'EVENT_TIMESTAMP()': VALUES.map(() => 0),
}

test.each(Object.entries(BY_VALUE))('%s', (expression, expected) => {
  expect(VALUES.map((value) => evaluate(expression, value))).toEqual(expected)
})

test('the table has every function', () => {
  const expressions = Object.keys(BY_VALUE).join('\n')
  const missing = FUNCTIONS.filter(({ name }) => !new RegExp(`^${name}\\(`, 'm').test(expressions))
  // GT is LT the other way round.
  expect(missing.map(({ name }) => name)).toEqual(['GT'])
})

test('every function is listed with its signature', () => {
  expect(FUNCTIONS.map(({ name }) => name).toSorted()).toEqual([...IMPLEMENTATIONS.keys()].toSorted())
  for (const { name, signature } of FUNCTIONS) expect(signature).toMatch(new RegExp(`^${name}\\(.*\\)$`))
})

test('docs/questions.md names every function, and those that are left out', () => {
  const document = readFileSync(new URL('../../../docs/questions.md', import.meta.url), 'utf8')
  const names = [...FUNCTIONS.map(({ name }) => name), ...UNAVAILABLE_FUNCTIONS.keys()]
  expect(names.filter((name) => !document.includes(`\`${name}\``))).toEqual([])
})

test('a documented function that is left out says why', () => {
  expect(() => compileExpression('SUB(INGEST_TIMESTAMP(), EVENT_TIMESTAMP())')).toThrow(
    'INGEST_TIMESTAMP is not available here: the sandbox does not keep when an event arrived',
  )
  for (const name of UNAVAILABLE_FUNCTIONS.keys()) {
    expect(() => compileExpression(`${name}(1)`)).toThrow(`${name} is not available here: `)
  }
})

describe('columns', () => {
  test('are listed once, in the order in which they appear', () => {
    expect(compileExpression('$b + $a + $b + $"c d"').columns).toEqual(['b', 'a', 'c d'])
  })

  test('with the names of an object’s properties are columns like any other', () => {
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
      const { columns, evaluate } = compileExpression(`CONCAT($${name}, $a)`)
      expect(columns).toEqual([name, 'a'])
      expect(evaluate(['x', null], 0)).toBe('x')
    }
    expect(() => compileExpression('constructor(1)')).toThrow('there is no function constructor')
  })

  test('that are missing from the values are null', () => {
    expect(compileExpression('COALESCE($a, "none")').evaluate([], 0)).toBe('none')
  })

  test('may have any letters, and these signs: . / : = + ? -', () => {
    expect(compileExpression('$größe.a/b:c=d+e?f-1').columns).toEqual(['größe.a/b:c=d+e?f-1'])
  })
})

test('only expressions with EVENT_TIMESTAMP use the event’s time', () => {
  expect(compileExpression('1 + EVENT_TIMESTAMP()').usesTime).toBe(true)
  expect(compileExpression('FORMAT_TIME("%H", $x)').usesTime).toBe(false)
})

test('escapes in a text', () => {
  expect(evaluate(String.raw`"\a\b\f\n\r\t\v\\\"\x41\101é\U0001F600"`)).toBe('\x07\b\f\n\r\t\v\\"AAé😀')
  expect(evaluate('`\\n\n"`')).toBe('\\n\n"')
})

test('what is no finite number is null, and 0 has no sign', () => {
  expect(evaluate('MUL(1e308, 10)')).toBeNull()
  expect(evaluate('$x * 10', 1e308)).toBeNull()
  expect(evaluate('INT($x)', Number.NaN)).toBe(0)
  expect(evaluate('INT($x)', -0.5)).toBe(0)
  expect(evaluate('SUM($x)', '1e999')).toBe(0)
})

test('numbers in text are decimal', () => {
  const texts = ['1e3', '+1.', '.5', ' 1', '0x10', '1_000', 'Infinity', '1e', '']
  expect(texts.map((text) => evaluate('SUM($x)', text))).toEqual([1_000, 1, 0.5, 0, 0, 0, 0, 0, 0])
})

test('AND, OR, IF and COALESCE evaluate no more than they need', () => {
  let reads = 0
  const values = Object.defineProperty([false as ColumnValue, 1], 1, { get: () => ++reads })
  for (const expression of [
    '$a AND $b',
    'AND($a, $b)',
    'IF($a, $b)',
    'OR(true, $a, $b)',
    'COALESCE($a, $b)',
  ]) {
    compileExpression(expression).evaluate(values, 0)
  }
  expect(reads).toBe(0)
  compileExpression('$a OR $b').evaluate(values, 0)
  expect(reads).toBe(1)
})

test('MIN and MAX ignore values of other types than the first that exists', () => {
  expect(evaluate('MIN($x, "b", 1, "a")')).toBe('a')
  expect(evaluate('MAX(null, 1, "z", 3, true)')).toBe(3)
  expect(evaluate('MIN(true, false)')).toBe(false)
})

test('BUCKET with a lower bound only, with none, and with steps that are no binary fractions', () => {
  expect([-1, 0, 10, 11, 1e9].map((x) => evaluate('BUCKET($x, 10, 0)', x))).toEqual([
    '< 0',
    '0 - 10',
    '0 - 10',
    '10 - 20',
    '999999990 - 1000000000',
  ])
  expect([-5, 10, 10.5].map((x) => evaluate('BUCKET($x, 10)', x))).toEqual(['-10 - 0', '0 - 10', '10 - 20'])
  expect([0.3, 0.35, 1.1].map((x) => evaluate('BUCKET($x, 0.1)', x))).toEqual([
    '0.2 - 0.3',
    '0.3 - 0.4',
    '1 - 1.1',
  ])
  expect(evaluate('BUCKET($x, 10, 0, 25)', 22)).toBe('20 - 25')
  expect(evaluate('BUCKET($x, 0.000001)', 1e308)).toBeNull()
})

test('LENGTH counts code points, or bytes in UTF-8', () => {
  for (const text of ['', 'a', 'é', '日本', '😀é', '\ud83d', 'a\udc00b']) {
    expect(evaluate('LENGTH($x)', text)).toBe([...text].length)
    expect(evaluate('LENGTH($x, "bytes")', text)).toBe(Buffer.byteLength(text))
  }
})

test('CONCAT has a bound', () => {
  expect(evaluate('CONCAT($x, $x, $x)', 'a'.repeat(5_000))).toBe('a'.repeat(1_024))
})

test('UNIX_TIMESTAMP takes RFC 3339 and nothing else', () => {
  const times: Readonly<Record<string, number | null>> = {
    '1970-01-01T00:00:00Z': 0,
    '1970-01-01T01:00:00.25+01:00': 0.25,
    '2024-02-29t12:00:00z': 1_709_208_000,
    '2017-07-20T11:22:44.123456789Z': 1_500_549_764.123_456_7,
    '2023-02-29T12:00:00Z': null,
    '2023-13-01T12:00:00Z': null,
    '2023-01-01T24:00:00Z': null,
    '2023-01-01T12:00:00': null,
    '2023-01-01 12:00:00Z': null,
    '2023-01-01': null,
    now: null,
  }
  for (const [text, expected] of Object.entries(times)) {
    expect([text, evaluate('UNIX_TIMESTAMP($x)', text)]).toEqual([text, expected])
  }
})

// The expected text is that of GNU date with LC_ALL=C.
test('FORMAT_TIME has the specifiers of POSIX strftime', () => {
  const format =
    '%a %A %b %h %B %C %d %e %g %G %H %I %j %m %M %p %S %u %U %V %w %W %y %Y %z %Z %%|%c|%D|%F|%r|%R|%T|%x|%X'
  const at = (time: string) => evaluate(`FORMAT_TIME("${format}", UNIX_TIMESTAMP($x))`, time)
  expect(at('2021-01-03T00:05:09Z')).toBe(
    'Sun Sunday Jan Jan January 20 03  3 20 2020 00 12 003 01 05 AM 09 7 01 53 0 00 21 2021 +0000 UTC %' +
      '|Sun Jan  3 00:05:09 2021|01/03/21|2021-01-03|12:05:09 AM|00:05|00:05:09|01/03/21|00:05:09',
  )
  expect(at('2024-12-30T13:05:09Z')).toBe(
    'Mon Monday Dec Dec December 20 30 30 25 2025 13 01 365 12 05 PM 09 1 52 01 1 53 24 2024 +0000 UTC %' +
      '|Mon Dec 30 13:05:09 2024|12/30/24|2024-12-30|01:05:09 PM|13:05|13:05:09|12/30/24|13:05:09',
  )
  expect(evaluate('FORMAT_TIME("%Y", $x)', 1e13)).toBeNull()
})
