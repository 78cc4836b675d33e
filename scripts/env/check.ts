import { UserError } from '../../contracts/user-error.ts'
import {
  isSettingName,
  SETTING_NAMES,
  SETTINGS,
  type Setting,
  type SettingName,
} from '../../settings/catalogue.ts'
import { type Environment, readRawSettings } from '../../settings/read.ts'
import { looksLike } from '../providers/keys/key-check.ts'

/** The setting of this name. Throws a UserError with the nearest one where there is none. */
export function requireSettingName(name: string): SettingName {
  if (isSettingName(name)) return name
  const nearest = nearestSetting(name)
  throw new UserError({
    code: 'SETTING_UNKNOWN',
    what: `There is no setting ${name}.`,
    fix: nearest ? `Did you mean ${nearest}?` : '`npm run env` shows them all.',
  })
}

/** A name further away than this share of its length is another name, not a mistyped one. */
const FARTHEST = 0.4

/** The setting whose name is nearest to a mistyped one, if any is near. */
export function nearestSetting(name: string): SettingName | undefined {
  const typed = name.toUpperCase().replaceAll('-', '_')
  const [nearest] = SETTING_NAMES.map((known) => ({ known, distance: distance(typed, known) })).toSorted(
    (a, b) => a.distance - b.distance,
  )
  return nearest && nearest.distance <= FARTHEST * nearest.known.length ? nearest.known : undefined
}

/** How many characters have to be put in, taken out or exchanged (Levenshtein), row by row. */
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

const DOTS = '•'.repeat(8)

/** A secret up to this long shows nothing of itself: its last characters would be too much of it. */
const SHORT_SECRET_LENGTH = 12

/** A setting's value as it may be shown: of a secret the last four characters at most, and never how long it is. */
export function shownValue(name: SettingName, value: string): string {
  const setting: Setting = SETTINGS[name]
  if (!setting.secret) return value.replace(/(:\/\/[^/:@\s]*):[^/@\s]*@/g, `$1:${DOTS}@`)
  return value.length > SHORT_SECRET_LENGTH ? `${DOTS}${value.slice(-4)}` : DOTS
}
