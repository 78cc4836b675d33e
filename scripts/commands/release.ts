import { resolve } from 'node:path'
import { UserError } from '../../contracts/user-error.ts'
import { runCommand } from '../command-line/command.ts'
import { makeRelease } from '../release/make.ts'

await runCommand(
  {
    name: 'release',
    summary:
      'Makes the files of a release, which .github/workflows/release.yml signs and publishes: sources, bill of materials, licenses, notes, checksums.',
    options: { to: { type: 'string', meaning: 'The new folder for them (release)' } },
    positionals: 'TAG',
    examples: ['npm run release -- v0.1.0', 'npm run release -- v0.1.0 --to /tmp/release'],
  },
  async ({ values, positionals: [tag], terminal }) => {
    if (tag === undefined) {
      const what = 'The tag of the release is missing.'
      throw new UserError({ code: 'USAGE', what, fix: 'npm run release -- v0.1.0' })
    }
    const folder = resolve(values.to ?? 'release')
    const files = await makeRelease(resolve(import.meta.dirname, '..', '..'), tag, folder)
    terminal.done(`${folder}: ${files.join(', ')}`)
  },
)
