import { confirm } from '@clack/prompts'
import { UserError } from '../../contracts/user-error.ts'

/**
 * Whether a person agrees; No is what Enter means. Throws a UserError where there is no terminal to ask on: `otherwise`
 * says so, and `fix` is the command that asks nothing.
 */
export async function isAgreed(message: string, otherwise: string, fix: string): Promise<boolean> {
  if (process.stdin.isTTY && process.stdout.isTTY) {
    return (await confirm({ message, initialValue: false })) === true
  }
  throw new UserError({ code: 'NOT_AGREED', what: otherwise, fix })
}
