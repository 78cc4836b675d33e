import { UserError } from '../../contracts/user-error.ts'
import {
  isSettingName,
  SETTING_NAMES,
  SETTINGS,
  type Setting,
  type SettingName,
} from '../../settings/catalogue.ts'
import { whyPlaceholder } from '../../settings/placeholder.ts'

/** Throws a UserError (SETTING_UNKNOWN) that proposes the nearest name. */
export function requireSettingName(name: string): SettingName {
  if (isSettingName(name)) return name
  const nearest = nearestSetting(name)
  throw new UserError({
    code: 'SETTING_UNKNOWN',
    what: `There is no setting ${name}.${nearest ? ` Did you mean ${nearest}?` : ''}`,
    fix: nearest ? `npm run env -- ${nearest}` : '`npm run env` shows them all.',
  })
}

/** With a larger share of changed characters the typed name means something else, and no setting is proposed. */
const MAX_CHANGED_SHARE = 0.4

/** The setting whose name is nearest to a mistyped name; undefined when none is within `maxChanges` characters. */
export function nearestSetting(name: string, maxChanges = Number.POSITIVE_INFINITY): SettingName | undefined {
  const typed = name.toUpperCase().replaceAll('-', '_')
  const [nearest] = SETTING_NAMES.map((known) => ({ known, distance: distance(typed, known) })).toSorted(
    (a, b) => a.distance - b.distance,
  )
  if (!nearest) return undefined
  const limit = Math.min(maxChanges, MAX_CHANGED_SHARE * nearest.known.length)
  return nearest.distance <= limit ? nearest.known : undefined
}

/** The Levenshtein distance, row by row. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (const [i, character] of [...a].entries()) {
    const next = [i + 1]
    for (const [j, other] of [...b].entries()) {
      const exchanged = (row[j] ?? 0) + (character === other ? 0 : 1)
      next.push(Math.min((row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1, exchanged))
    }
    row = next
  }
  return row.at(-1) ?? 0
}

/** The end of a sentence that begins with the setting's name; undefined for a valid value. */
export function whyInvalid(name: SettingName, value: string): string | undefined {
  if (value.trim() === '') return 'is empty'
  if (value.includes('\0')) return 'contains a NUL character, which no environment variable can'
  const setting: Setting = SETTINGS[name]
  const placeholder = whyPlaceholder(setting, value)
  if (placeholder) return placeholder
  if (setting.secret && name !== 'OTEL_EXPORTER_OTLP_HEADERS' && /^(export\s+)?[A-Z][A-Z0-9_]+=/.test(value))
    return 'is a whole line: paste only what follows the ='
  const result = setting.schema.safeParse(value)
  return result.success ? undefined : (result.error.issues[0]?.message ?? 'is not valid')
}

/** Throws a UserError (SETTING_INVALID) with the reason. A secret is never quoted. */
export function requireValid(name: SettingName, value: string): void {
  const reason = whyInvalid(name, value)
  if (!reason) return
  const isEmpty = value.trim() === ''
  const setting: Setting = SETTINGS[name]
  const shown = setting.secret || isEmpty ? '' : ` "${shownValue(name, value)}"`
  throw new UserError({
    code: 'SETTING_INVALID',
    what: `${name}${shown} ${reason}. Nothing was written.`,
    fix: isEmpty ? `To remove it: npm run env -- --unset ${name}` : howToSet(name, setting),
  })
}

/** The command that asks for the value, what the value is, and where a person finds it. */
function howToSet(name: SettingName, { meaning, where }: Setting): string {
  return `npm run env -- ${name} asks for it: ${meaning}${where ? ` (${where})` : ''}.`
}

const DOTS = '•'.repeat(8)

/** Of a shorter secret even four characters would give away too much. */
const SHORT_SECRET_LENGTH = 12

/** The value as it may be printed. Of a secret at most the last four characters, and never its length. */
export function shownValue(name: SettingName, value: string): string {
  const setting: Setting = SETTINGS[name]
  if (!setting.secret) return value.replace(/(:\/\/[^/:@\s]*):[^/@\s]*@/g, `$1:${DOTS}@`)
  return value.length > SHORT_SECRET_LENGTH ? `${DOTS}${value.slice(-4)}` : DOTS
}
