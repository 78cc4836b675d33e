import type { Terminal } from '../command-line/terminal.ts'
import { buildViewer } from './build.ts'

/** Builds the viewer where that is due, and says a word only if it cannot: everything else works without it. */
export async function ensureViewer(terminal: Terminal): Promise<void> {
  const built = await buildViewer()
  if (built.state !== 'failed') return
  terminal.warn(
    `The sandbox’s viewer could not be built; its pages say how to build it until then. ${built.why.split('\n')[0]}`,
  )
  terminal.line('  npm run viewer tells more; if packages are missing: npm ci')
}
