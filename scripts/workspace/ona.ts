import type { Environment } from '../../settings/read.ts'
import { runCli } from './platform-cli.ts'
import { skipped, type Workspace } from './types.ts'

const HINT =
  'Ona keeps variables only by its own pages: app.ona.com, Settings, Secrets. They arrive when the environment is restarted.'

/** Its tool is `ona`, on older images `gitpod`. */
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
    keep: async () => skipped(`.env has it for as long as this environment lives. ${HINT}`),
    forget: async () => skipped(`If you made it a secret there, take it away there. ${HINT}`),
  }
}

/**
 * Only the platform knows the address of a port, and gives it when it opens the port. The admission is always said:
 * its default is not the same in all of Ona's own documents, and nobody else shall see the traces.
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
