import { FUNCTIONS } from '../../../contracts/sandbox/query-functions.ts'
import { ExpressionError } from './expression-error.ts'
import { type Token, tokensOf } from './tokens.ts'

/** A part of an expression. `at`: its place in the text. */
export type Node = { readonly at: number } & (
  | { readonly kind: 'literal'; readonly value: string | number | boolean | null; readonly isRaw: boolean }
  | { readonly kind: 'column'; readonly name: string }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Node[] }
  /** Operators of one precedence, from the left. A list, so that a long sum is not deep. */
  | {
      readonly kind: 'chain'
      readonly first: Node
      readonly rest: readonly { readonly operator: string; readonly operand: Node }[]
    }
)

/** Brackets, arguments and ! within each other. A bound, so that no expression overflows the stack. */
const MAX_DEPTH = 50

/** The binary operators, the weakest first. In Honeycomb's grammar minus is stronger than plus. */
const PRECEDENCE: readonly (readonly string[])[] = [
  ['OR'],
  ['AND'],
  ['=', '!='],
  ['<', '<=', '>', '>='],
  ['+'],
  ['-'],
  ['*', '/', '%'],
]
const LITERALS: ReadonlyMap<string, boolean | null> = new Map([
  ['true', true],
  ['false', false],
  ['null', null],
])

/**
 * Reads an expression. Throws an ExpressionError where it departs from the grammar.
 *
 * Source: https://github.com/honeycombio/honeycomb-derived-column-validator/blob/main/pkg/parser/HCDC.g4
 */
export function parseExpression(text: string): Node {
  return new Parser(text).parse()
}

class Parser {
  readonly #text: string
  readonly #tokens: readonly Token[]
  #index = 0
  #depth = 0

  constructor(text: string) {
    this.#text = text
    this.#tokens = tokensOf(text)
  }

  parse(): Node {
    if (this.#peek().kind === 'end') throw new ExpressionError('the expression is empty', 0)
    const node = this.#operators(0)
    if (this.#peek().kind !== 'end') throw this.#unexpected('an operator is expected here')
    return node
  }

  /** The next token. The last one is the end, which nothing takes. */
  #peek(): Token {
    return this.#tokens[this.#index] as Token
  }

  #operators(level: number): Node {
    const operators = PRECEDENCE[level]
    if (!operators) return this.#operand()
    const first = this.#operators(level + 1)
    const rest: { operator: string; operand: Node }[] = []
    while (true) {
      const token = this.#peek()
      const operator = token.kind === 'symbol' || token.kind === 'word' ? token.text : ''
      if (!operators.includes(operator)) break
      this.#index++
      rest.push({ operator, operand: this.#operators(level + 1) })
    }
    return rest.length === 0 ? first : { kind: 'chain', first, rest, at: first.at }
  }

  #operand(): Node {
    const token = this.#peek()
    const { at } = token
    if (token.kind === 'number' || token.kind === 'text') {
      this.#index++
      return { kind: 'literal', value: token.value, isRaw: token.kind === 'text' && token.isRaw, at }
    }
    if (token.kind === 'column') {
      this.#index++
      return { kind: 'column', name: token.name, at }
    }
    if (token.kind === 'word') return this.#word(token.text, at)
    if (token.kind === 'symbol' && token.text === '(') {
      this.#index++
      const inner = this.#nested(at, () => this.#operators(0))
      this.#close(at)
      return inner
    }
    if (token.kind === 'symbol' && token.text === '!') {
      this.#index++
      return { kind: 'call', name: 'NOT', args: [this.#nested(at, () => this.#operand())], at }
    }
    if (token.kind === 'symbol' && token.text === '-') return this.#negativeNumber(at)
    throw this.#unexpected('a value is expected here')
  }

  #negativeNumber(at: number): Node {
    this.#index++
    const token = this.#peek()
    if (token.kind !== 'number') {
      throw new ExpressionError('only a number can have a minus sign: write 0 - … instead', at)
    }
    this.#index++
    return { kind: 'literal', value: 0 - token.value, isRaw: false, at }
  }

  #word(name: string, at: number): Node {
    const literal = LITERALS.get(name)
    if (literal !== undefined) {
      this.#index++
      return { kind: 'literal', value: literal, isRaw: false, at }
    }
    const bracket = this.#tokens[this.#index + 1]
    if (bracket?.kind !== 'symbol' || bracket.text !== '(') throw this.#loneWord(name, at)
    this.#index += 2
    const args = this.#nested(at, () => this.#arguments())
    this.#close(bracket.at)
    return { kind: 'call', name, args, at }
  }

  #arguments(): readonly Node[] {
    const args: Node[] = []
    while (!this.#isSymbol(')')) {
      args.push(this.#operators(0))
      if (!this.#isSymbol(',')) break
      this.#index++
    }
    return args
  }

  #nested<Result>(at: number, read: () => Result): Result {
    if (++this.#depth > MAX_DEPTH) throw new ExpressionError(`this is nested more than ${MAX_DEPTH} deep`, at)
    const result = read()
    this.#depth--
    return result
  }

  #isSymbol(text: string): boolean {
    const token = this.#peek()
    return token.kind === 'symbol' && token.text === text
  }

  #close(opened: number): void {
    if (this.#peek().kind === 'end') throw new ExpressionError('this bracket is not closed', opened)
    if (!this.#isSymbol(')')) throw this.#unexpected('an operator, a comma or ) is expected here')
    this.#index++
  }

  #loneWord(name: string, at: number): ExpressionError {
    if (name === 'NOT') return new ExpressionError('write NOT(…), or ! before the value', at)
    if (FUNCTIONS.some((known) => known.name === name)) {
      return new ExpressionError(`${name} is a function: write ${name}(…)`, at)
    }
    return new ExpressionError(`a column begins with $: $${name}. Text is written in double quotes`, at)
  }

  #unexpected(expected: string): ExpressionError {
    const token = this.#peek()
    if (token.kind === 'end') return new ExpressionError(`${expected}, but the expression ends`, token.at)
    const before = this.#tokens[this.#index - 1]
    if (before?.kind === 'column' && /[/:=+?-]/.test(before.name)) {
      const hint = `the column before it is ${before.name}. Write spaces around operators`
      return new ExpressionError(`${expected}: ${hint}`, token.at)
    }
    return new ExpressionError(`${expected}, not ${this.#text.slice(token.at, token.end)}`, token.at)
  }
}
