import { UserError } from '../../contracts/user-error.ts'
import { SETTINGS, type Setting, type SettingName } from '../../settings/catalogue.ts'
import { looksLike } from '../providers/keys/looks-like.ts'
import { shownValue } from './mask.ts'

/** What is wrong with a value, as the end of a sentence that begins with the setting's name; undefined where nothing is. */
export function whyInvalid(name: SettingName, value: string): string | undefined {
  if (value.trim() === '') return 'is empty'
  if (value.includes('\0')) return 'holds a NUL character, which no environment can'
  const setting: Setting = SETTINGS[name]
  if (setting.secret && looksLike(value) === 'a placeholder') return 'is a placeholder, not a key'
  if (setting.secret && name !== 'OTEL_EXPORTER_OTLP_HEADERS' && /^(export\s+)?[A-Z][A-Z0-9_]+=/.test(value))
    return 'is a whole line: paste what stands behind the ='
  const result = setting.schema.safeParse(value)
  return result.success ? undefined : (result.error.issues[0]?.message ?? 'is not valid')
}

/** Throws a UserError that gives the reason, never quoting a secret. */
export function requireValid(name: SettingName, value: string): void {
  const reason = whyInvalid(name, value)
  if (!reason) return
  const isEmpty = value.trim() === ''
  const setting: Setting = SETTINGS[name]
  const shown = setting.secret || isEmpty ? '' : ` "${shownValue(name, value)}"`
  throw new UserError({
    code: 'SETTING_INVALID',
    what: `${name}${shown} ${reason}. Nothing was written.`,
    fix: isEmpty ? `To take it away: npm run env -- --unset ${name}` : `${name}: ${setting.meaning}.`,
  })
}
