import { existsSync } from 'node:fs'
import { UserError } from '../../contracts/user-error.ts'
import type { ProcessSpec } from './spec.ts'

/** Throws a UserError where a file is not there that a process cannot do without. */
export function requireFile(requires: ProcessSpec['requires']): void {
  if (requires && !existsSync(requires.path)) {
    throw new UserError({ code: requires.code, what: requires.message, fix: requires.fix })
  }
}
