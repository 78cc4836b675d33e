import { skipped, type Workspace } from './types.ts'

/** A dev container on the person's own machine: the repository, and `.env` with it, outlives the container. */
export function devcontainerWorkspace(): Workspace {
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
