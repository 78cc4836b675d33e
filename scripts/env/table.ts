import { SETTING_NAMES, type SettingName, TOPICS } from '../../settings/catalogue.ts'
import { readRawSettings } from '../../settings/read.ts'
import type { Terminal } from '../command-line/terminal.ts'
import { shownValue, whyInvalid } from './check.ts'

/** Characters. A longer value moves the source beside it to the right, not that of every setting. */
const MAX_VALUE_WIDTH = 48

/** Shows every setting with its value, secrets masked, and where the value comes from. */
export function showSettings(terminal: Terminal): void {
  const raw = readRawSettings()
  const cell = (name: SettingName) => {
    const { value } = raw[name]
    return value === undefined ? '–' : shownValue(name, value).replaceAll('\n', '\\n')
  }
  const nameWidth = Math.max(...SETTING_NAMES.map(({ length }) => length))
  const valueWidth = Math.min(MAX_VALUE_WIDTH, Math.max(...SETTING_NAMES.map((name) => cell(name).length)))
  for (const [topic, settings] of Object.entries(TOPICS)) {
    terminal.heading(topic)
    for (const name of Object.keys(settings) as SettingName[]) {
      const { source, value, from } = raw[name]
      const where = from ? `${source}, ${from}` : source
      const line = `${name.padEnd(nameWidth)}  ${cell(name).padEnd(valueWidth)}  ${where}`
      terminal.line(source === 'unset' || source === 'default' ? terminal.dim(line) : line)
      const reason = value === undefined ? undefined : whyInvalid(name, value)
      if (reason) terminal.warn(`${name} ${reason}.`)
    }
  }
  const hint = 'To set one: npm run env -- NAME. The environment wins over .env, and .env over defaults.'
  terminal.line()
  terminal.line(terminal.dim(hint))
}
