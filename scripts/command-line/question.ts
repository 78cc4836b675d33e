import { UserError } from '../../contracts/user-error.ts'

/** @clack/prompts takes 20 ms to load, and most commands ask nothing. */
async function loadPrompts() {
  const prompts = await import('@clack/prompts')
  // By default clack ignores Ctrl-D, which closes the input that the question waits for: it would never be answered.
  prompts.updateSettings({ aliases: { '\u0004': 'cancel' } })
  return prompts
}

export interface Question {
  readonly message: string
  /** Shows a dot for each character typed. */
  readonly isSecret: boolean
  readonly placeholder?: string | undefined
  /** Returns what is wrong with the answer; undefined accepts it. */
  readonly validate: (answer: string | undefined) => string | undefined
}

export function hasTerminal(): boolean {
  return process.stdin.isTTY === true && process.stdout.isTTY === true
}

/** Asks on the terminal. Undefined when the person cancels with Ctrl-C or Ctrl-D; empty for Enter alone. */
export async function ask({
  message,
  isSecret,
  placeholder,
  validate,
}: Question): Promise<string | undefined> {
  const { isCancel, password, text } = await loadPrompts()
  const answer = isSecret
    ? await password({ message, validate })
    : await text({ message, validate, ...(placeholder !== undefined && { placeholder }) })
  return isCancel(answer) ? undefined : (answer ?? '')
}

/** Asks for a yes on the terminal; Enter alone means no. */
export async function confirms(message: string): Promise<boolean> {
  const { confirm } = await loadPrompts()
  return (await confirm({ message, initialValue: false })) === true
}

/**
 * Asks for a yes before something is removed. Without a terminal it throws a UserError (NOT_AGREED): `otherwise` is its
 * sentence, `fix` the command that does not ask.
 */
export async function isAgreed(message: string, otherwise: string, fix: string): Promise<boolean> {
  if (hasTerminal()) return confirms(message)
  throw new UserError({ code: 'NOT_AGREED', what: otherwise, fix })
}
