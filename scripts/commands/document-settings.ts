import { readFileSync, writeFileSync } from 'node:fs'
import { renderEnvExample, replaceSettingsTable } from '../../settings/document.ts'
import { runCommand } from '../command-line/command.ts'

const ROOT = new URL('../../', import.meta.url)

const meta = {
  name: 'settings:document',
  summary: 'Writes .env.example and the README’s table from settings/catalogue.ts.',
} as const

await runCommand(meta, async ({ terminal }) => {
  const readme = new URL('README.md', ROOT)
  writeFileSync(new URL('.env.example', ROOT), renderEnvExample())
  writeFileSync(readme, replaceSettingsTable(readFileSync(readme, 'utf8')))
  terminal.done('.env.example and README.md are up to date.')
})
