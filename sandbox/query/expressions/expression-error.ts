/** What is wrong with an expression. The message is for people; a program uses `at`. */
export class ExpressionError extends Error {
  override readonly name = 'ExpressionError'
  /** Where it is wrong: an index into the expression's text, in UTF-16 code units. */
  readonly at: number

  constructor(message: string, at: number) {
    super(message)
    this.at = at
  }
}
