import { type Identity, isAlive, isSame, sendSignal, sendSignalToGroup } from '../machine/identity.ts'
import { poll } from '../machine/poll.ts'
import { findMarked } from './marker.ts'
import type { StateFolders, SupervisorState } from './state-file.ts'

/** How long the system may take to end a process that was sent SIGKILL. */
const KILL_MS = 5000

/** gone: it was not running. ended: when asked to. killed: only with its whole group, after the deadline. */
export type Termination = 'gone' | 'ended' | 'killed'

/** Asks a process to end (SIGTERM), waits, and kills its group if it has not ended by the deadline (ms). */
export async function terminate(identity: Identity, deadlineMs: number): Promise<Termination> {
  if (!sendSignal(identity, 'SIGTERM')) return 'gone'
  if (await hasEnded(identity, deadlineMs)) return 'ended'
  sendSignalToGroup(identity, 'SIGKILL')
  await hasEnded(identity, KILL_MS)
  return 'killed'
}

/** Whether the process ends within this time (ms). */
export async function hasEnded(identity: Identity, deadlineMs: number): Promise<boolean> {
  const ended = await poll(() => (isAlive(identity) ? undefined : true), { deadlineMs, everyMs: 20 })
  return ended === true
}

export interface Orphan {
  readonly name: string
  readonly position: number
  readonly identity: Identity
}

/** The living processes of a supervisor that is no more, in the order of stopping. */
export function findOrphans(folders: StateFolders, state: SupervisorState | undefined): Orphan[] {
  const known = (state?.processes ?? []).flatMap(({ name, identity }, position) =>
    identity && isAlive(identity) ? [{ name, position, identity }] : [],
  )
  const marked = findMarked(folders.state).filter(
    ({ identity }) => !known.some((orphan) => isSame(orphan.identity, identity)),
  )
  return [...known, ...marked].sort((a, b) => b.position - a.position)
}

/** Ends orphans one after the other; `tell` hears of each. */
export async function terminateOrphans(
  orphans: readonly Orphan[],
  deadlineMs: number,
  tell: (orphan: Orphan, termination: Termination) => void,
): Promise<void> {
  for (const orphan of orphans) {
    const termination = await terminate(orphan.identity, deadlineMs)
    if (termination !== 'gone') tell(orphan, termination)
  }
}
