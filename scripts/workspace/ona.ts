import type { Environment } from '../../settings/read.ts'
import { runCli } from './platform-cli.ts'
import { skipped, type Workspace } from './types.ts'

const HINT =
  'Ona keeps variables only on its website: app.ona.com, Settings, Secrets. They arrive when the environment is restarted.'

/** The command line tool: `ona`, on older images `gitpod`. */
const TOOLS = ['ona', 'gitpod'] as const

/** Ona, Gitpod's successor. */
export function onaWorkspace(environment: Environment): Workspace {
  return {
    kind: 'ona',
    name: 'Ona',
    id: environment.GITPOD_ENVIRONMENT_ID,
    hint: HINT,
    // https://ona.com/docs/ona/integrations/ports
    listenHost: '0.0.0.0',
    portUrl: (port) => openPort(port, environment),
    keep: async () => skipped(`.env has it until this environment is deleted. ${HINT}`),
    forget: async () => skipped(`If you made it a secret there, remove it there. ${HINT}`),
  }
}

/**
 * The platform returns the address of a port when it opens the port. The admission is always given, because Ona's
 * documents disagree about the default, and only the creator may see the traces.
 */
async function openPort(port: number, environment: Environment): Promise<string> {
  const command = ['environment', 'port', 'open', String(port), '--name', `port-${port}`]
  for (const tool of TOOLS) {
    const { stdout } = await runCli([tool, ...command, '--admission', 'creator_only'], environment)
    const url = /https:\/\/[^\s"']+/.exec(stdout)?.[0]
    if (url) return url.replace(/\/+$/, '')
  }
  return `http://localhost:${port}`
}
