import type { Environment } from '../../settings/read.ts'
import { gitpodWorkspace, onaWorkspace } from './gitpod.ts'
import { skipped, type Workspace } from './platform.ts'

/**
 * Detects the platform by its environment variables. Ona and Codespaces come before the dev container, because they run
 * in the repository's dev container, with its variables set.
 */
export function detectWorkspace(environment: Environment = process.env): Workspace {
  const isSet = (name: string) => Boolean(environment[name]?.trim())
  if (isSet('GITPOD_ENVIRONMENT_ID')) return onaWorkspace(environment)
  if (isSet('GITPOD_WORKSPACE_ID')) return gitpodWorkspace(environment)
  if (environment.CODESPACES === 'true') return codespacesWorkspace(environment)
  // VS Code sets the first in a container's terminals, our devcontainer.json the second everywhere in it.
  const isContainer = environment.REMOTE_CONTAINERS === 'true' || environment.DEVCONTAINER === 'true'
  return isContainer ? DEVCONTAINER : LOCAL
}

/** GitHub's domain, when GITHUB_CODESPACES_PORT_FORWARDING_DOMAIN is not set. */
const DEFAULT_DOMAIN = 'app.github.dev'

/** GitHub Codespaces. */
function codespacesWorkspace(environment: Environment): Workspace {
  const { CODESPACE_NAME: name, GITHUB_CODESPACES_PORT_FORWARDING_DOMAIN: domain } = environment
  // `gh secret set --user --repos` replaces the list of repositories that may read an existing secret of that name, and
  // the token of a codespace has no permission for it.
  const hint =
    'Codespaces keep variables as secrets: github.com/settings/codespaces, New secret, for this repository. They arrive when the codespace is stopped and started.'
  return {
    kind: 'codespaces',
    name: 'GitHub Codespaces',
    id: name,
    hint,
    portUrl: (port) =>
      name ? `https://${name}-${port}.${domain || DEFAULT_DOMAIN}` : `http://localhost:${port}`,
    keep: async () => skipped(`.env has it until this codespace is deleted. ${hint}`),
    forget: async () => skipped(`If you made it a secret there, remove it there. ${hint}`),
  }
}

/** A plain Linux or Mac shell. */
const LOCAL: Workspace = {
  kind: 'local',
  name: 'This machine',
  id: undefined,
  hint: undefined,
  portUrl: (port) => `http://localhost:${port}`,
  keep: async () => skipped('.env keeps it.'),
  forget: async () => skipped('Only .env keeps it here.'),
}

/** A dev container on a person's machine: the repository, with `.env`, is outside the container. */
const DEVCONTAINER: Workspace = {
  ...LOCAL,
  kind: 'devcontainer',
  name: 'Dev container',
  keep: async () => skipped('.env keeps it, also after this container is deleted.'),
}
