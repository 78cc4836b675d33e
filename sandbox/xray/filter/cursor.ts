import { FilterError, type Token, tokenize } from './lexer.ts'

/** Goes through the tokens of a filter expression. Its methods throw a FilterError with what was expected, and where. */
export class Cursor {
  readonly #tokens: readonly Token[]
  readonly #end: Token
  #index = 0

  constructor(text: string) {
    this.#tokens = tokenize(text)
    this.#end = { kind: 'end', text: '', position: text.length }
  }

  peek(): Token {
    return this.#tokens[this.#index] ?? this.#end
  }

  next(): Token {
    return this.#tokens[this.#index++] ?? this.#end
  }

  isNext(symbol: string): boolean {
    const { kind, text } = this.peek()
    return kind !== 'string' && kind !== 'json' && text.toUpperCase() === symbol.toUpperCase()
  }

  /** Goes past a symbol or word if it is next. */
  take(symbol: string): boolean {
    return this.isNext(symbol) && this.next() !== undefined
  }

  need(symbol: string): void {
    if (!this.take(symbol)) this.fail(`"${symbol}"`)
  }

  /** A name with the parts after its dots, in lower case. */
  dottedName(first: Token): string {
    let name = first.text
    while (this.take('.')) name += `.${this.next().text}`
    return name.toLowerCase()
  }

  fail(expected: string, token = this.peek()): never {
    if (token.kind === 'end') throw new FilterError(`expected ${expected}`, token.position, 'unfinished')
    throw new FilterError(`expected ${expected}, found "${token.text}"`, token.position)
  }
}
