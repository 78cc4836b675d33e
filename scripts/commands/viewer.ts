import { UserError } from '../../contracts/user-error.ts'
import { runCommand } from '../command-line/command.ts'
import { buildViewer } from '../viewer/build.ts'

await runCommand(
  {
    name: 'viewer',
    summary:
      'Builds the sandbox’s browser page, where it is missing or of another source; setup and start do so too.',
  },
  async ({ terminal }) => {
    const startedMs = performance.now()
    const built = await buildViewer()
    if (built.state === 'failed') {
      throw new UserError({
        code: 'VIEWER_NOT_BUILT',
        what: `The viewer could not be built: ${built.why}`,
        fix: 'npm ci, then npm run viewer',
      })
    }
    const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1)
    terminal.done(
      built.state === 'current' ? 'The viewer is up to date.' : `The viewer is built (${seconds} s).`,
    )
  },
)
