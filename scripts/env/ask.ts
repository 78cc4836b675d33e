import { isCancel, password, text } from '@clack/prompts'
import { UserError } from '../../contracts/user-error.ts'
import { SETTINGS, type Setting, type SettingName } from '../../settings/catalogue.ts'
import { whyInvalid } from './validity.ts'

/** Far more than any setting: a file that was piped in by mistake is not read to its end. */
const MAX_INPUT_BYTES = 64 * 1024

/**
 * Asks for a setting's value: on a terminal by a question, which echoes a secret as dots alone; elsewhere by reading
 * standard input to its end. Throws a UserError where nothing comes.
 */
export async function askValue(name: SettingName): Promise<string> {
  const value = process.stdin.isTTY ? await question(name) : withoutLineBreak(await readInput())
  if (value.trim() !== '') return value
  throw new UserError({
    code: 'VALUE_EMPTY',
    what: `Standard input held no value for ${name}. Nothing was written.`,
    fix: `printf %s "$VALUE" | npm run --silent env -- ${name}`,
  })
}

async function question(name: SettingName): Promise<string> {
  const setting: Setting = SETTINGS[name]
  const message = `${name}: ${setting.meaning}${setting.where ? `\n(${setting.where})` : ''}`
  const validate = (value: string | undefined) => {
    const reason = whyInvalid(name, value ?? '')
    return reason && `${name} ${reason}`
  }
  const answer = setting.secret
    ? await password({ message, validate })
    : await text({ message, validate, ...(setting.default ? { placeholder: setting.default } : {}) })
  if (!isCancel(answer)) return answer
  throw new UserError({
    code: 'CANCELLED',
    what: `${name} was left as it is.`,
    fix: `npm run env -- ${name}`,
  })
}

async function readInput(): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of process.stdin) {
    const bytes = Buffer.from(chunk)
    size += bytes.length
    if (size > MAX_INPUT_BYTES) {
      throw new UserError({
        code: 'VALUE_TOO_LONG',
        what: `Standard input held more than ${MAX_INPUT_BYTES} bytes. Nothing was written.`,
        fix: 'Pipe in the value alone.',
      })
    }
    chunks.push(bytes)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** As `$(…)` in a shell does it, but for one line break: a value may itself have lines. */
function withoutLineBreak(input: string): string {
  return input.replace(/\r?\n$/, '')
}
