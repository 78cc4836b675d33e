import { readFileSync } from 'node:fs'
import { parse } from 'dotenv'
import { expect, test } from 'vitest'
import { SETTING_NAMES } from './catalogue.ts'
import { renderEnvExample, replaceSettingsTable } from './document.ts'

const read = (name: string) => readFileSync(new URL(`../${name}`, import.meta.url), 'utf8')

test('.env.example matches the catalogue (npm run settings:document)', () => {
  expect(read('.env.example')).toBe(renderEnvExample())
})

test('the table in docs/settings.md matches the catalogue (npm run settings:document)', () => {
  const page = read('docs/settings.md')
  expect(page).toContain('<!-- settings:start -->')
  expect(replaceSettingsTable(page)).toBe(page)
})

test('.env.example sets nothing, and has every setting once', () => {
  const example = renderEnvExample()
  expect(parse(example)).toEqual({})
  for (const name of SETTING_NAMES) expect(example.split(`\n#${name}=`)).toHaveLength(2)
})
