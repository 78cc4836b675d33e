/** Why an expression is invalid. `position` is the number of characters before the error. */
export class FilterError extends Error {
  override readonly name = 'FilterError'
  readonly position: number

  constructor(message: string, position: number) {
    super(message)
    this.position = position
  }
}

export type Token = {
  readonly kind: 'name' | 'string' | 'number' | 'operator' | 'punctuation' | 'end'
  readonly text: string
  readonly position: number
}

const SPACE = /\s+/y
const NAME = /[A-Za-z_][A-Za-z0-9_]*/y
const NUMBER = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const STRING = /"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'/y
const OPERATOR = /!=|<=|>=|=|<|>/y
const PUNCTUATION = /[(){}[\].,:!]/y

/** Splits an expression into tokens, the last of which is `end`. Throws a FilterError. */
export function tokenize(expression: string): Token[] {
  const tokens: Token[] = []
  let position = 0
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = position
    return pattern.exec(expression)
  }
  while (position < expression.length) {
    const space = match(SPACE)
    if (space) {
      position += space[0].length
      continue
    }
    const string = match(STRING)
    if (string) {
      const text = (string[1] ?? string[2] ?? '').replace(/\\(.)/g, '$1')
      tokens.push({ kind: 'string', text, position })
      position += string[0].length
      continue
    }
    const [kind, found] =
      [
        ['name', match(NAME)] as const,
        ['number', match(NUMBER)] as const,
        ['operator', match(OPERATOR)] as const,
        ['punctuation', match(PUNCTUATION)] as const,
      ].find(([, result]) => result) ?? []
    if (!kind || !found) {
      const what = /["']/.test(expression[position] ?? '')
        ? 'a string without an end'
        : 'an unknown character'
      throw new FilterError(what, position)
    }
    tokens.push({ kind, text: found[0], position })
    position += found[0].length
  }
  return [...tokens, { kind: 'end', text: '', position: expression.length }]
}
