import { readFileSync, writeFileSync } from 'node:fs'
import { renderEnvExample, replaceSettingsTable } from '../../settings/document.ts'
import { runCommand } from '../command-line/command.ts'

await runCommand(
  {
    name: 'settings:document',
    summary: 'Writes .env.example and the README’s table from settings/catalogue.ts.',
  },
  async ({ terminal }) => {
    const root = new URL('../../', import.meta.url)
    const readme = new URL('README.md', root)
    writeFileSync(new URL('.env.example', root), renderEnvExample())
    writeFileSync(readme, replaceSettingsTable(readFileSync(readme, 'utf8')))
    terminal.done('.env.example and README.md are up to date.')
  },
)
