import type { Environment } from '../../settings/read.ts'
import { codespacesWorkspace } from './codespaces.ts'
import { devcontainerWorkspace } from './devcontainer.ts'
import { gitpodWorkspace } from './gitpod.ts'
import { localWorkspace } from './local.ts'
import { onaWorkspace } from './ona.ts'
import type { Workspace } from './types.ts'

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
