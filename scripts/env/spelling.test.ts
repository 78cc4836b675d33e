import { expect, test } from 'vitest'
import { SPELLINGS } from '../../tests/fixtures/env-spellings.ts'
import { isReadAlike, readAsCompose } from './spelling.ts'

// tests/compose-env.test.ts asks Docker Compose's own parser.
test.each(SPELLINGS)('Docker Compose reads %j as %j', (written, read) => {
  expect(readAsCompose(written)).toBe(read)
  expect(readAsCompose(`${written}\n`)).toBe(read)
})

test.each([
  ["A='a b' # why\r\nB=1\r\n", true],
  ['B=1\n', true],
  ['A=a#b\n', false],
  ['A="$B"\n', false],
  ['A=`x`\n', false],
  ['A="a\\rb"\n', false],
  ["A='ends with \\'\n", false],
])('%j is read alike by dotenv, Node and Docker Compose: %j', (text, isAlike) => {
  expect(isReadAlike(text, 'A')).toBe(isAlike)
})
