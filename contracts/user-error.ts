import type { Diagnosis } from './diagnosis.ts'

/**
 * An error that a person can fix, thrown. A command prints its diagnosis without a stack; any other error is an
 * internal error and keeps its stack.
 */
export class UserError extends Error {
  override readonly name = 'UserError'
  readonly diagnosis: Diagnosis

  constructor(diagnosis: Diagnosis, options?: ErrorOptions) {
    super(diagnosis.what, options)
    this.diagnosis = diagnosis
  }

  get code(): string {
    return this.diagnosis.code
  }

  get fix(): string {
    return this.diagnosis.fix
  }
}
