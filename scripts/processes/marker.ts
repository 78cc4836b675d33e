import { readdirSync, readFileSync, realpathSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { type Identity, identify } from '../machine/identity.ts'

/** In the environment of every process that a supervisor starts, and so of those that they start. */
export const MARKER = 'WORKSPACE_SUPERVISOR'

export interface Mark {
  /** The supervisor's run. */
  readonly run: string
  /** The process's place in the order of starting. */
  readonly position: number
  readonly name: string
  /** The state directory, absolute and without symbolic links. */
  readonly directory: string
}

export interface MarkedProcess extends Mark {
  readonly identity: Identity
}

export function formatMark({ run, position, name, directory }: Mark): string {
  return `${run} ${position} ${name} ${directory}`
}

export function parseMark(text: string): Mark | undefined {
  const match = /^(\S+) (\d+) (\S+) (.+)$/s.exec(text)
  if (!match?.[1] || !match[2] || !match[3] || !match[4]) return undefined
  return { run: match[1], position: Number(match[2]), name: match[3], directory: match[4] }
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
 * The living processes that belong to this state directory, whoever started them: a process that was started in the
 * moment before its supervisor was killed is in no state file. On Linux alone; other systems do not show a process's
 * environment, and there this finds none.
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
