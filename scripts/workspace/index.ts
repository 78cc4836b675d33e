import type { Environment } from '../../settings/read.ts'
import { gitpodWorkspace } from './gitpod.ts'
import { onaWorkspace } from './ona.ts'
import { skipped, type Workspace } from './types.ts'

/**
 * Finds out by its environment variables where the repository is open. The most particular platform comes first: Ona
 * and Codespaces run the same dev container that says of itself that it is one.
 */
export function detectWorkspace(environment: Environment = process.env): Workspace {
  const isSet = (name: string) => Boolean(environment[name]?.trim())
  if (isSet('GITPOD_ENVIRONMENT_ID')) return onaWorkspace(environment)
  if (isSet('GITPOD_WORKSPACE_ID')) return gitpodWorkspace(environment)
  if (environment.CODESPACES === 'true') return codespacesWorkspace(environment)
  // VS Code sets the first in a container's terminals, our devcontainer.json the second everywhere in it.
  if (environment.REMOTE_CONTAINERS === 'true' || environment.DEVCONTAINER === 'true') {
    return devcontainerWorkspace()
  }
  return localWorkspace()
}

/** GitHub's own domain, for the codespaces that are not told another one. */
const DEFAULT_DOMAIN = 'app.github.dev'

/** GitHub Codespaces. */
function codespacesWorkspace(environment: Environment): Workspace {
  const { CODESPACE_NAME: name, GITHUB_CODESPACES_PORT_FORWARDING_DOMAIN: domain } = environment
  // `gh secret set --user --repos` could do it, but it replaces the list of repositories that a secret of the same
  // name is already given to, and a codespace's own token may not do it at all.
  const hint =
    'Codespaces keep variables as secrets: github.com/settings/codespaces, New secret, for this repository. They arrive when the codespace is stopped and started.'
  return {
    kind: 'codespaces',
    name: 'GitHub Codespaces',
    id: name,
    hint,
    portUrl: (port) =>
      name ? `https://${name}-${port}.${domain || DEFAULT_DOMAIN}` : `http://localhost:${port}`,
    keep: async () => skipped(`.env has it for as long as this codespace lives. ${hint}`),
    forget: async () => skipped(`If you made it a secret there, take it away there. ${hint}`),
  }
}

/** A dev container on the person's own machine: the repository, and `.env` with it, outlives the container. */
function devcontainerWorkspace(): Workspace {
  return {
    kind: 'devcontainer',
    name: 'Dev container',
    id: undefined,
    hint: undefined,
    portUrl: (port) => `http://localhost:${port}`,
    keep: async () => skipped('.env keeps it, beyond this container too.'),
    forget: async () => skipped('Nothing but .env keeps it here.'),
  }
}

/** A plain Linux or Mac shell. */
function localWorkspace(): Workspace {
  return {
    kind: 'local',
    name: 'This machine',
    id: undefined,
    hint: undefined,
    portUrl: (port) => `http://localhost:${port}`,
    keep: async () => skipped('.env keeps it.'),
    forget: async () => skipped('Nothing but .env keeps it here.'),
  }
}
