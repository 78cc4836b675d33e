import { describe, expect, test } from 'vitest'
import { compilePattern, PatternError } from './regular-expression.ts'

describe('what differs between RE2 and JavaScript is translated', () => {
  // The expected finds are those of Go's regexp.
  test.each([
    ['(?i)ab|cd', 'xCD', 'CD'],
    ['x(?i)a|b', 'XB', 'B'],
    ['x(?i)a|b', 'Xa', undefined],
    ['(a(?i)b)c', 'aBc', 'aB'],
    ['(a(?i)b)c', 'aBC', undefined],
    ['(?s)a.b', 'a\nb', 'a\nb'],
    ['(?m)^b$', 'a\nb', 'b'],
    ['(?m)\\Ab', 'a\nb', undefined],
    ['a\\z', 'a\n', undefined],
    ['(?i-s:A).', 'ab', 'ab'],
    ['(?P<name>[a-z]+)-(?<other>\\d+)', 'ab-12', 'ab'],
    ['[\\w-_]+\\.', 'a-b.c', 'a-b.'],
    ['[]a]+', 'a]', 'a]'],
    ['[^]a]', ']ab', 'b'],
    ['[a-]+', 'a-b', 'a-'],
    ['[[:alpha:]_]+', '1a_b', 'a_b'],
    ['[[:punct:]]+', 'a-/]b', '-/]'],
    ['\\pL+', '1é日', 'é日'],
    ['\\p{Greek}', 'aΩ', 'Ω'],
    ['\\p{^Lu}', 'Aa', 'a'],
    ['\\P{Lu}', 'Aa', 'a'],
    ['\\Qa.b\\E+', 'axb a.bb', 'a.bb'],
    ['\\x{1F600}', '😀', '😀'],
    ['\\x41\\101', 'AA', 'AA'],
    ['^.$', '😀', '😀'],
    ['a{,2}', 'a{,2}', 'a{,2}'],
    ['}]', '}]', '}]'],
    ['\\-\\/\\_\\"\\ ', '-/_" ', '-/_" '],
    ['\\b?a', 'ba', 'a'],
    ['(?:^)*a', 'ba', 'a'],
    ['[.*+?^$(){}|/\\\\]+', '.*+?^$(){}|/\\', '.*+?^$(){}|/\\'],
    ['\\s', '\u00a0', undefined],
    ['', 'a', ''],
  ])('%s in %j finds %j', (pattern, text, expected) => {
    const found = compilePattern(pattern, '').exec(text)
    expect(found?.at(1) ?? found?.[0]).toBe(expected)
  })
})

test.each([
  ['(?=a)', 'lookaround', 0],
  ['a(?!b)', 'lookaround', 1],
  ['(?<=a)b', 'lookaround', 0],
  ['(a)\\1', 'backreferences', 3],
  ['(?U)a', 'the flag U is not available here', 0],
  ['a\\C', 'this escape does not exist', 1],
  ['\\Z', 'this escape does not exist', 0],
  ['[a-\\d]', 'this escape does not exist', 3],
  ['[[:^alpha:]]', 'this set does not exist here', 1],
  ['a(?P>b)', 'this kind of group does not exist', 1],
  ['(?)', 'this kind of group does not exist', 0],
  ['ab(c', 'this bracket is not closed', 2],
  ['ab)', 'this bracket was not opened', 2],
  ['[ab', 'this bracket is not closed', 0],
  ['a{1001}', 'at most 1000 repetitions', 1],
  ['\\x{110000}', 'there is no such character', 0],
  ['a{2,1}', 'numbers out of order', 0],
  ['\\p{Klingon}', 'this is no regular expression', 0],
  ['a'.repeat(1_001), 'at most 1000 characters', 1_000],
])('%s is refused: %s', (pattern, message, index) => {
  let error: unknown
  try {
    compilePattern(pattern, '')
  } catch (thrown) {
    error = thrown
  }
  expect(error).toBeInstanceOf(PatternError)
  expect(error).toMatchObject({ message: expect.stringContaining(message), index })
})
