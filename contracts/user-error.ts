import type { Diagnosis } from './diagnosis.ts'

/** A diagnosis as an exception. A command prints it without a stack; any other error is internal and keeps its stack. */
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
