import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import dictionary from 'dictionary-en'
import nspell from 'nspell'
import { expect, test } from 'vitest'
import { ROOT, readDocuments } from './harness/documents.ts'

/** Names and terms that no dictionary has, a word a line, in order. */
const OWN = readFileSync(join(ROOT, 'tests/words.txt'), 'utf8').split('\n').filter(Boolean)
const checker = nspell(Buffer.from(dictionary.aff), Buffer.from(dictionary.dic))
for (const word of OWN) checker.add(word)

test.each(readDocuments().map(({ path, prose }) => [path, prose] as const))(
  '%s is spelt right',
  (_path, prose) => {
    expect(wordsOf(prose).filter((word) => !checker.correct(word))).toEqual([])
  },
)

test('the list of our own words is in order, each once, and none of them is in the dictionary', () => {
  expect(OWN).toEqual([...new Set(OWN)].toSorted((a, b) => a.localeCompare(b, 'en')))
  const plain = nspell(Buffer.from(dictionary.aff), Buffer.from(dictionary.dic))
  expect(OWN.filter((word) => plain.correct(word))).toEqual([])
})

test('a word that is spelt wrong is found', () => {
  expect(wordsOf('A tracer recieves spans').filter((word) => !checker.correct(word))).toEqual(['recieves'])
})

/** Words of letters; what has digits, dots, slashes or underscores in it is a name of something. */
function wordsOf(prose: string): string[] {
  const words = prose
    .replaceAll('&#39;', "'")
    .replaceAll(/&\w+;/g, ' ')
    .replaceAll('’', "'")
    .split(/[\s—–()[\]{}"“”,;:!?…·→←▶|*<>=+]+/)
    .flatMap((part) => part.split('-'))
    .map((word) => word.replaceAll(/^[.'`]+|[.'`]+$/g, '').replace(/'s$/, ''))
    // A name in camel case is one that somebody else has given.
    .filter((word) => /^[A-Za-z][a-z']+$/.test(word))
  return [...new Set(words)]
}
