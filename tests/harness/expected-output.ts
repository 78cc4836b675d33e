import { stripVTControlCharacters } from 'node:util'

/** What a document leaves out of a line. */
const ANYTHING = '…'

/**
 * The lines of `expected` that the output does not have, each after the one before it. `…` stands for any text within a
 * line; the rest of a line is compared exactly.
 */
export function missingLines(expected: string, output: string): string[] {
  const lines = stripVTControlCharacters(output).split('\n')
  let next = 0
  return expected.split('\n').filter((line) => {
    const pattern = new RegExp(`^${line.split(ANYTHING).map(RegExp.escape).join('.*')}$`)
    const found = lines.findIndex((text, index) => index >= next && pattern.test(text.trimEnd()))
    if (found !== -1) next = found + 1
    return found === -1
  })
}
