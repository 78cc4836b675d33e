import { readFileSync, writeFileSync } from 'node:fs'
import { renderEnvExample, replaceSettingsTable } from '../../settings/document.ts'
import { runCommand } from '../command-line/command.ts'

await runCommand(
  {
    name: 'settings:document',
    summary: 'Writes .env.example and docs/settings.md from settings/catalogue.ts.',
  },
  async ({ terminal }) => {
    const root = new URL('../../', import.meta.url)
    const page = new URL('docs/settings.md', root)
    writeFileSync(new URL('.env.example', root), renderEnvExample())
    writeFileSync(page, replaceSettingsTable(readFileSync(page, 'utf8')))
    terminal.done('.env.example and docs/settings.md are up to date.')
  },
)
