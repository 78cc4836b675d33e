import { skipped, type Workspace } from './types.ts'

/** A plain Linux or Mac shell. */
export function localWorkspace(): Workspace {
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
