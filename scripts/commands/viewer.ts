import { UserError } from '../../contracts/user-error.ts'
import { runCommand } from '../command-line/command.ts'
import { buildViewer } from '../viewer/build.ts'

const meta = {
  name: 'viewer',
  summary: 'Builds the viewer when it is missing or its source has changed; setup and start do so too.',
} as const

await runCommand(meta, async ({ terminal }) => {
  const startedMs = performance.now()
  const built = await buildViewer()
  if (built.state === 'failed') {
    const what = `The viewer could not be built: ${built.why}`
    throw new UserError({ code: 'VIEWER_NOT_BUILT', what, fix: 'npm ci, then npm run viewer' })
  }
  const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1)
  terminal.done(
    built.state === 'current' ? 'The viewer is up to date.' : `The viewer is built (${seconds} s).`,
  )
})
