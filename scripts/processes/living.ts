import type { Identity, WorkspaceState } from '../../contracts/workspace-state.ts'
import { isAlive, isSame, type Termination, terminate } from '../machine/identity.ts'
import { findMarked } from './marker.ts'
import type { StateFolders } from './state.ts'

export interface Living {
  readonly name: string
  readonly identity: Identity
}

/**
 * The living processes of the workspace in the order of stopping: those of the state file, and those that carry the
 * workspace's mark, which a process of ours has started or a killed command left over.
 */
export function listLiving(folders: StateFolders, state: WorkspaceState | undefined): Living[] {
  const known = (state?.processes ?? []).flatMap(({ name, identity }, position) =>
    isAlive(identity) ? [{ name, position, identity }] : [],
  )
  const marked = findMarked(folders.state).filter(
    ({ identity }) => !known.some((one) => isSame(one.identity, identity)),
  )
  const positionOf = new Map(known.map(({ name, position }) => [name, position]))
  return [
    ...known,
    ...marked.map((one) => ({ ...one, position: positionOf.get(one.name) ?? one.position })),
  ].sort((a, b) => b.position - a.position)
}

/** Ends processes one after the other, each when the one before has ended. */
export async function endProcesses(
  processes: readonly Living[],
  stopMs: number,
  onEnded: (process: Living, termination: Exclude<Termination, 'gone'>) => void,
): Promise<void> {
  for (const one of processes) {
    const termination = await terminate(one.identity, stopMs)
    if (termination !== 'gone') onEnded(one, termination)
  }
}
