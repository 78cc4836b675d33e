import { readdirSync, readFileSync, realpathSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { Identity } from '../../contracts/workspace-state.ts'
import { identify } from '../machine/identity.ts'

/** In the environment of every process that we start, and so of those that they start. */
export const MARKER = 'WORKSPACE_PROCESS'

export interface Mark {
  /** The process's place in the order of starting. */
  readonly position: number
  readonly name: string
  /** The state directory, absolute and without symbolic links. */
  readonly directory: string
}

export interface MarkedProcess extends Mark {
  readonly identity: Identity
}

export function formatMark({ position, name, directory }: Mark): string {
  return `${position} ${name} ${directory}`
}

export function parseMark(text: string): Mark | undefined {
  const match = /^(\d+) (\S+) (.+)$/s.exec(text)
  if (!match?.[1] || !match[2] || !match[3]) return undefined
  return { position: Number(match[1]), name: match[2], directory: match[3] }
}

/** The state directory as a mark has it, whether it is still there or not. */
export function resolveFolder(directory: string): string {
  try {
    return realpathSync(directory)
  } catch {
    const parent = dirname(directory)
    return parent === directory ? directory : join(resolveFolder(parent), basename(directory))
  }
}

/**
 * The living processes that belong to this state directory, also those in no state file: started in the moment before
 * the command was killed, or after the folder was deleted. Only on Linux; other systems do not show a process's
 * environment, so that this finds none there.
 */
export function findMarked(directory: string): MarkedProcess[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc').flatMap((name) => {
    const pid = Number(name)
    if (!Number.isInteger(pid) || pid < 2 || pid === process.pid) return []
    const mark = readMark(pid)
    if (mark?.directory !== directory) return []
    const identity = identify(pid)
    return identity ? [{ ...mark, identity }] : []
  })
}

function readMark(pid: number): Mark | undefined {
  try {
    const prefix = `${MARKER}=`
    const entry = readFileSync(`/proc/${pid}/environ`, 'utf8')
      .split('\0')
      .find((variable) => variable.startsWith(prefix))
    return entry === undefined ? undefined : parseMark(entry.slice(prefix.length))
  } catch {
    return undefined // Another user's, or ended by now.
  }
}
