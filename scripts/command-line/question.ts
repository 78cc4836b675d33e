import { UserError } from '../../contracts/user-error.ts'
import { canRedraw, isAsciiOnly } from './capabilities.ts'
import { plainLine } from './plain-line.ts'
import { askPlainly } from './plain-question.ts'

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

/** Where a question is shown: on the terminal, also where standard output is piped into a program. */
function questionOutput(): NodeJS.WriteStream {
  return process.stdout.isTTY ? process.stdout : process.stderr
}

/** Whether clack's frames, which are redrawn and have lines around them, cannot be shown. */
function isPlain(output: NodeJS.WriteStream): boolean {
  return !canRedraw(output) || isAsciiOnly(output)
}

/**
 * Asks on the terminal. Undefined when the person cancels with Ctrl-C or Ctrl-D; empty for Enter alone.
 */
export async function ask(question: Question): Promise<string | undefined> {
  const output = questionOutput()
  if (isPlain(output)) return askPlainly(question, { output })
  const { isCancel, password, text } = await loadPrompts()
  const { message, isSecret, placeholder, validate } = question
  const options = { message, validate, output }
  const answer = await whileOpen(() =>
    isSecret ? password(options) : text({ ...options, ...(placeholder !== undefined && { placeholder }) }),
  )
  return isCancel(answer) ? undefined : (answer ?? '')
}

/** Asks for a yes on the terminal; Enter alone means no. */
export async function confirms(message: string): Promise<boolean> {
  const output = questionOutput()
  const shown = plainLine(message)
  if (isPlain(output)) {
    const yesOrNo = { message: `${shown} (y/N)`, isSecret: false, validate: () => undefined }
    return /^\s*y(es)?\s*$/i.test((await askPlainly(yesOrNo, { output })) ?? '')
  }
  const { confirm } = await loadPrompts()
  return (await whileOpen(() => confirm({ message: shown, initialValue: false, output }))) === true
}

const HANGUP = 129 // 128 + SIGHUP, as shells have it

/**
 * Ends the command when the terminal closes while clack asks, also where SIGHUP is ignored (nohup). Clack's reader would
 * put the closed terminal back into its mode, which fails with an error that cannot be caught.
 */
async function whileOpen<Answer>(question: () => Promise<Answer>): Promise<Answer> {
  const end = () => process.exit(HANGUP)
  process.stdin.on('end', end).on('error', end)
  try {
    return await question()
  } finally {
    process.stdin.off('end', end).off('error', end)
  }
}

/**
 * Asks for a yes before something is removed. Without a terminal it throws a UserError (NOT_AGREED): `otherwise` is its
 * sentence, `fix` the command that does not ask.
 */
export async function isAgreed(message: string, otherwise: string, fix: string): Promise<boolean> {
  if (hasTerminal()) return confirms(message)
  throw new UserError({ code: 'NOT_AGREED', what: otherwise, fix })
}
