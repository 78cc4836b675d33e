import { UserError } from '../../contracts/user-error.ts'
import { isSettingName, SETTINGS, type Setting, type SettingName } from '../../settings/catalogue.ts'
import { whyPlaceholder } from '../../settings/placeholder.ts'
import type { Environment } from '../../settings/read.ts'
import { ask } from '../command-line/question.ts'
import type { Terminal } from '../command-line/terminal.ts'
import { nearestSetting, requireSettingName, whyInvalid } from './check.ts'
import { describeCopies } from './left-copies.ts'

/** Far more than any setting needs: reading stops here when a large file is piped in by mistake. */
const MAX_INPUT_BYTES = 64 * 1024

/**
 * Reads `NAME=value`, or `NAME` and asks for the value. Warns when a secret was given on the command line, and names
 * the files that keep it; a placeholder is none. Throws a UserError for an unknown name or an empty value.
 */
export async function readAssignment(
  argument: string,
  terminal: Terminal,
  environment: Environment = process.env,
): Promise<{ readonly name: SettingName; readonly value: string }> {
  const [before = '', ...after] = argument.split('=')
  if (after.length === 0) {
    const name = requireSettingName(before)
    return { name, value: await askValue(name) }
  }
  // A mistyped name is an error only afterwards: its value is in the same files.
  const meant = isSettingName(before) ? before : nearestSetting(before)
  const value = after.join('=')
  if (meant !== undefined && isSecret(SETTINGS[meant], value)) {
    terminal.warn(`${meant} is a secret, and there are copies of it now. Remove them:`)
    for (const copy of describeCopies(before, environment)) terminal.line(`    ${copy}`)
    terminal.line(`  Next time \`npm run env -- ${meant}\` asks for it.`)
  }
  return { name: requireSettingName(before), value }
}

/** Whether other users must not read the value: not an empty one, nor `<your-key>`. Of `name=value,…` a part may be a secret. */
function isSecret(setting: Setting, value: string): boolean {
  const isPlaceholder = whyPlaceholder(setting, value) !== undefined && !/[=:,]/.test(value)
  return setting.secret && value.trim() !== '' && !isPlaceholder
}

/** Asks on a terminal, where a secret is echoed as dots; elsewhere reads standard input to its end. */
async function askValue(name: SettingName): Promise<string> {
  // One final line break is removed, not all as by a shell's `$(…)`: a value may itself have several lines.
  const value = process.stdin.isTTY ? await askPerson(name) : (await readInput()).replace(/\r?\n$/, '')
  if (value.trim() !== '') return value
  throw new UserError({
    code: 'VALUE_EMPTY',
    what: `Standard input held no value for ${name}. Nothing was written.`,
    fix: `printf %s "$VALUE" | npm run --silent env -- ${name}`,
  })
}

async function askPerson(name: SettingName): Promise<string> {
  const { meaning, where, secret, default: placeholder }: Setting = SETTINGS[name]
  const answer = await ask({
    message: `${name}: ${meaning}${where ? `\n(${where})` : ''}`,
    isSecret: secret,
    placeholder,
    validate: (value) => {
      const reason = whyInvalid(name, value ?? '')
      return reason && `${name} ${reason}`
    },
  })
  if (answer !== undefined) return answer
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
