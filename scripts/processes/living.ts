import { readdirSync, realpathSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { Identity, WorkspaceState } from '../../contracts/workspace-state.ts'
import { identify, isAlive, isSame, terminate } from '../machine/identity.ts'
import { readOrUndefined } from '../machine/process-facts.ts'
import type { StateFolders } from './state.ts'

/**
 * This variable is in the environment of every process of a workspace, and so of the processes that those start. Its
 * value: the process's place in the order of starting, its name, and the state directory without symbolic links.
 */
export const MARKER = 'WORKSPACE_PROCESS'

/** Also the mark of version 0.1.0, so that an updated copy finds the processes that it has started before (on Linux). */
const MARK = /^WORKSPACE_(?:PROCESS=|SUPERVISOR=\S+ )(\d+) (\S+) (.+)$/s

/** How long a process may take to end after SIGTERM (ms): the backends need less to answer and to send what they have. */
export const STOP_MS = 12_000

export interface LivingProcess {
  readonly name: string
  /** The place in the order of starting. */
  readonly position: number
  readonly identity: Identity
}

/**
 * The living processes of the workspace in the order of stopping: those of the state file, and others with the
 * workspace's mark. A process of the workspace has started those, or a command that was killed before it wrote them down.
 */
export function listLiving(folders: StateFolders, state: WorkspaceState | undefined): LivingProcess[] {
  const known = (state?.processes ?? []).flatMap(({ name, identity }, position) =>
    isAlive(identity) ? [{ name, position, identity }] : [],
  )
  const marked = findMarked(folders.state).filter(
    ({ identity }) => !known.some((one) => isSame(one.identity, identity)),
  )
  const placed = marked.map((one) => {
    const position = known.find(({ name }) => name === one.name)?.position ?? one.position
    return { ...one, position }
  })
  return [...known, ...placed].sort((a, b) => b.position - a.position)
}

/** Ends processes one after the other, each when the one before has ended. Kills a process after `stopMs`. */
export async function endProcesses(
  processes: readonly LivingProcess[],
  stopMs = STOP_MS,
  onEnded: (process: LivingProcess, termination: 'ended' | 'killed') => void = () => {},
): Promise<void> {
  for (const one of processes) {
    const termination = await terminate(one.identity, stopMs)
    if (termination !== 'gone') onEnded(one, termination)
  }
}

/**
 * The living processes that belong to this state directory, also those in no state file: started in the moment before
 * the command was killed, or left when the folder was deleted. Only on Linux. Other systems do not show a process's
 * environment, so there this finds none.
 */
export function findMarked(directory: string): LivingProcess[] {
  if (process.platform !== 'linux') return []
  const pids = readdirSync('/proc').map(Number)
  return pids.flatMap((pid) => {
    if (!(pid > 1) || pid === process.pid) return []
    const mark = readMark(pid)
    const identity = mark?.folder === directory ? identify(pid) : undefined
    return mark && identity ? [{ name: mark.name, position: mark.position, identity }] : []
  })
}

/** The mark of a workspace's process; undefined for other processes, and for those of other users. */
export function readMark(pid: number) {
  const variables = readOrUndefined(`/proc/${pid}/environ`)?.split('\0') ?? []
  const [, position, name, folder] = variables.map((one) => MARK.exec(one)).find(Boolean) ?? []
  return name && folder ? { position: Number(position), name, folder } : undefined
}

/** The state directory as a mark has it, also where it does not exist any more. */
export function resolveFolder(directory: string): string {
  try {
    return realpathSync(directory)
  } catch {
    const parent = dirname(directory)
    return parent === directory ? directory : join(resolveFolder(parent), basename(directory))
  }
}
