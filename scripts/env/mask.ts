import { SETTINGS, type Setting, type SettingName } from '../../settings/catalogue.ts'

const DOTS = '•'.repeat(8)

/** A secret up to this long shows nothing of itself: its last characters would be too much of it. */
const SHORT_SECRET_LENGTH = 12

/** A setting's value as it may be shown: of a secret the last four characters at most, and never how long it is. */
export function shownValue(name: SettingName, value: string): string {
  const setting: Setting = SETTINGS[name]
  if (!setting.secret) return value.replace(/(:\/\/[^/:@\s]*):[^/@\s]*@/g, `$1:${DOTS}@`)
  return value.length > SHORT_SECRET_LENGTH ? `${DOTS}${value.slice(-4)}` : DOTS
}
