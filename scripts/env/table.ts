import { SETTING_NAMES, SETTINGS, type Setting, type SettingName } from '../../settings/catalogue.ts'
import { type RawSetting, readRawSettings } from '../../settings/read.ts'
import type { Terminal } from '../command-line/terminal.ts'
import { shownValue, whyInvalid } from './check.ts'

/** Shows every setting with its value, secrets masked, and where the value comes from. */
export function showSettings(terminal: Terminal, raw = readRawSettings()): void {
  const shown = Object.fromEntries(SETTING_NAMES.map((name) => [name, cell(name, raw[name])]))
  const nameWidth = Math.max(...SETTING_NAMES.map((name) => name.length))
  const valueWidth = Math.min(48, Math.max(...Object.values(shown).map((value) => value.length)))
  let topic = ''
  for (const name of SETTING_NAMES) {
    const setting: Setting = SETTINGS[name]
    if (setting.topic !== topic) terminal.heading(setting.topic)
    topic = setting.topic
    const value = (shown[name] ?? '').padEnd(valueWidth)
    const { source } = raw[name]
    const line = `${name.padEnd(nameWidth)}  ${value}  ${source}`
    terminal.line(source === 'unset' || source === 'default' ? terminal.dim(line) : line)
    const reason = source === 'unset' ? undefined : whyInvalid(name, raw[name].value ?? '')
    if (reason) terminal.warn(`${name} ${reason}.`)
  }
  terminal.line(
    `\n${terminal.dim('To set one: npm run env -- NAME. The environment wins over .env, and .env over defaults.')}`,
  )
}

function cell(name: SettingName, { value }: RawSetting): string {
  if (value === undefined) return '–'
  return shownValue(name, value).replaceAll('\n', '\\n')
}
