import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import dictionary from 'dictionary-en'
import nspell from 'nspell'
import { expect, test } from 'vitest'
import { readDocuments } from './harness/documents.ts'
import { ROOT } from './harness/process.ts'

/** Names and terms that the dictionary lacks: one word per line, sorted. */
const OWN = readFileSync(join(ROOT, 'tests/words.txt'), 'utf8').split('\n').filter(Boolean)
const checker = nspell(Buffer.from(dictionary.aff), Buffer.from(dictionary.dic))
for (const word of OWN) checker.add(word)

test.each(readDocuments().map(({ path, prose }) => [path, prose] as const))(
  '%s has no spelling errors',
  (_path, prose) => {
    expect(wordsOf(prose).filter((word) => !checker.correct(word))).toEqual([])
  },
)

test('words.txt is sorted, without duplicates, and has no word of the dictionary', () => {
  expect(OWN).toEqual([...new Set(OWN)].toSorted((a, b) => a.localeCompare(b, 'en')))
  const plain = nspell(Buffer.from(dictionary.aff), Buffer.from(dictionary.dic))
  expect(OWN.filter((word) => plain.correct(word))).toEqual([])
})

test('a spelling error is found', () => {
  expect(wordsOf('A tracer recieves spans').filter((word) => !checker.correct(word))).toEqual(['recieves'])
})

/** The words that consist of letters. Anything with digits, dots, slashes or underscores is a name. */
function wordsOf(prose: string): string[] {
  const words = prose
    .replaceAll('&#39;', "'")
    .replaceAll(/&\w+;/g, ' ')
    .replaceAll('’', "'")
    .split(/[\s—–()[\]{}"“”,;:!?…·→←▶|*<>=+]+/)
    .flatMap((part) => part.split('-'))
    .map((word) => word.replaceAll(/^[.'`]+|[.'`]+$/g, '').replace(/'s$/, ''))
    // Words in camel case are names.
    .filter((word) => /^[A-Za-z][a-z']+$/.test(word))
  return [...new Set(words)]
}
