import { runCommand } from '../command-line/command.ts'
import { requireViewer } from '../viewer/build.ts'

const meta = {
  name: 'viewer',
  summary: 'Builds the viewer when it is missing or its source has changed; setup and start do so too.',
} as const

await runCommand(meta, async ({ terminal }) => {
  const startedMs = performance.now()
  const { state } = await requireViewer()
  const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1)
  terminal.done(state === 'current' ? 'The viewer is up to date.' : `The viewer is built (${seconds} s).`)
})
