import type { Environment } from '../../settings/read.ts'
import { skipped, type Workspace } from './types.ts'

/** GitHub's own domain, for the codespaces that are not told another one. */
const DEFAULT_DOMAIN = 'app.github.dev'

/** GitHub Codespaces. */
export function codespacesWorkspace(environment: Environment): Workspace {
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
