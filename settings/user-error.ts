/**
 * What a person can cause and cure: a code to search for, a sentence that says what is wrong, and what to do about
 * it. Commands print these without a stack; any other error is a fault of ours and keeps its stack.
 */
export class UserError extends Error {
  override readonly name = 'UserError'
  readonly code: string
  readonly fix: string

  constructor(code: string, message: string, fix: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
    this.fix = fix
  }
}
