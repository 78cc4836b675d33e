import { UserError } from '../../contracts/user-error.ts'
import { SETTING_NAMES, SETTINGS, type Setting, type SettingName } from '../../settings/catalogue.ts'
import { type Environment, readRawSettings } from '../../settings/read.ts'
import { looksLike } from '../providers/keys/looks-like.ts'

export interface Placeholder {
  readonly name: SettingName
  /** The environment, or `.env`. */
  readonly source: string
}

/** Secrets that hold what a page of instructions had in their place: `your-key-here`. */
export function findPlaceholders(environment: Environment): Placeholder[] {
  const raw = readRawSettings(environment)
  return SETTING_NAMES.filter(
    (name) => (SETTINGS[name] as Setting).secret && looksLike(raw[name].value ?? '') === 'a placeholder',
  ).map((name) => ({ name, source: raw[name].source }))
}

/** Throws a UserError where a key is a placeholder: its provider would be live, and refuse everything. */
export function requireKeys(environment: Environment): void {
  const [first] = findPlaceholders(environment)
  if (!first) return
  const { name, source } = first
  throw new UserError({
    code: 'PLACEHOLDER',
    what: `${name} (${source}) is a placeholder, not a key.`,
    fix:
      source === 'environment'
        ? `unset ${name} to stay local, or keep the real one: npm run env -- ${name}`
        : `npm run env -- ${name}, or take it away to stay local: npm run env -- --unset ${name}`,
  })
}
