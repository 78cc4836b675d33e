import { isAbsolute, resolve } from 'node:path'
import { parse } from 'dotenv'
import type { z } from 'zod'
import { UserError } from '../contracts/user-error.ts'
import { SETTING_NAMES, SETTINGS, type Setting, type SettingName } from './catalogue.ts'
import { readEnvText } from './env-text.ts'
import { withoutPasted } from './pasted.ts'
import { whyPlaceholder } from './placeholder.ts'

/** Every setting, parsed. Frozen, because a process keeps the settings of its start. */
export type Settings = { readonly [Name in SettingName]: z.output<(typeof SETTINGS)[Name]['schema']> }

export interface RawSetting {
  readonly value: string | undefined
  readonly source: 'environment' | '.env' | 'default' | 'unset'
  /** The other setting whose value it is: AWS_DEFAULT_REGION in the place of AWS_REGION. */
  readonly from?: string
}

export type Environment = Readonly<Record<string, string | undefined>>

const ROOT = resolve(import.meta.dirname, '..')

/**
 * Reads every setting from the environment, else `.env`, else the default. An empty value counts as unset. Throws a
 * UserError (SETTING_INVALID) that names every invalid value and never quotes a secret.
 */
export function readSettings(environment: Environment = process.env): Settings {
  const raw = readRawSettings(environment)
  const wrong: string[] = []
  const places = new Set<string>()
  const parsed = SETTING_NAMES.map((name) => {
    const setting: Setting = SETTINGS[name]
    const { value, source, from = name } = raw[name]
    const result = setting.schema.safeParse(value)
    const reason =
      (value === undefined ? undefined : whyPlaceholder(setting, value)) ??
      (result.success ? undefined : (result.error.issues[0]?.message ?? 'is not valid'))
    if (reason !== undefined) {
      const shown = setting.secret || value === undefined ? '' : ` "${value}"`
      places.add(source === '.env' ? `in ${envFile(environment)}` : `in the ${source}`)
      wrong.push(`${from}${shown} (${source}) ${reason}`)
    }
    return [name, result.data]
  })
  if (wrong.length > 0) {
    throw new UserError({
      code: 'SETTING_INVALID',
      // One line a setting.
      what: wrong.map((one) => `${one}.`).join('\n'),
      fix: `Correct ${wrong.length === 1 ? 'the value' : 'each value'} ${[...places].join(' and ')}, or remove it to get the default.`,
    })
  }
  return Object.freeze(Object.fromEntries(parsed)) as Settings
}

/** The unparsed text of each setting, and where it was found. What `npm run sandbox` prints for an app does not count. */
export function readRawSettings(environment: Environment = process.env): Record<SettingName, RawSetting> {
  const file = withoutPasted(readEnvFile(envFile(environment)))
  const own = withoutPasted(environment, file)
  const find = (name: SettingName): RawSetting => {
    const { alias: from, default: value }: Setting = SETTINGS[name]
    const sources: RawSetting[] = [
      { value: own[name], source: 'environment' },
      { value: file[name], source: '.env' },
      ...(from === undefined
        ? []
        : ([
            { value: own[from], source: 'environment', from },
            { value: file[from], source: '.env', from },
          ] as const)),
      { value, source: 'default' },
    ]
    return sources.find(({ value: text }) => text?.trim()) ?? { value: undefined, source: 'unset' }
  }
  const entries = SETTING_NAMES.map((name) => [name, find(name)])
  return Object.fromEntries(entries) as Record<SettingName, RawSetting>
}

/** The path of `.env`. Only the environment can name another file (WORKSPACE_ENV_FILE). */
export function envFile(environment: Environment = process.env): string {
  return fromRoot(environment.WORKSPACE_ENV_FILE?.trim() || (SETTINGS.WORKSPACE_ENV_FILE.default ?? ''))
}

/** The absolute path of the folder of logs, data and the state file. */
export function stateDirectory(settings: Pick<Settings, 'WORKSPACE_STATE_DIR'>): string {
  return fromRoot(settings.WORKSPACE_STATE_DIR)
}

/**
 * The state folder, as {@link stateDirectory}. Other settings are not validated, so that running processes and their logs
 * can be found even when one is invalid. Throws a UserError when `.env` cannot be read.
 */
export function rawStateDirectory(environment: Environment = process.env): string {
  return fromRoot(readRawSettings(environment).WORKSPACE_STATE_DIR.value ?? '')
}

function fromRoot(path: string): string {
  return isAbsolute(path) ? path : resolve(ROOT, path)
}

function readEnvFile(path: string): Record<string, string> {
  return parse(readEnvText(path) ?? '')
}
