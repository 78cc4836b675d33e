import { createHmac, randomBytes } from 'node:crypto'
import { chmodSync, lstatSync, mkdirSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { shellWord } from '../../contracts/shell-word.ts'
import { UserError } from '../../contracts/user-error.ts'
import {
  type ProcessRecord,
  type Scope,
  type WorkspaceState,
  workspaceStateSchema,
} from '../../contracts/workspace-state.ts'
import { foreignFile, openAgain } from '../../settings/owner.ts'
import { writeFileAtomically } from '../machine/atomic-file.ts'
import { parseJson } from '../machine/http-json.ts'
import { isAlive, isOfEarlierBoot } from '../machine/identity.ts'
import { findNonFolder } from '../machine/system-error.ts'
import type { ProcessSpec } from './spec.ts'

/** The folders of one workspace's processes. The state directory comes without symbolic links. */
export interface StateFolders {
  readonly state: string
  readonly run: string
  readonly logs: string
}

/** Makes the folders if need be. Throws a UserError where they can neither be found nor made. */
export function stateFolders(directory: string): StateFolders {
  try {
    for (const name of ['run', 'logs']) makePrivate(join(directory, name))
    const state = realpathSync(directory)
    return { state, run: join(state, 'run'), logs: join(state, 'logs') }
  } catch (error) {
    const { code, path = directory } = error as NodeJS.ErrnoException
    const inTheWay = findNonFolder(path)
    if (inTheWay) {
      const what = `${inTheWay} is not a folder, and the workspace keeps its logs, data and processes in ${directory}.`
      const fix = `Move it away: mv ${shellWord(inTheWay)} ${shellWord(`${inTheWay}.away`)}`
      throw new UserError({ code: 'STATE_DIR_UNUSABLE', what, fix }, { cause: error })
    }
    const elsewhere = 'Keep them elsewhere: npm run env -- WORKSPACE_STATE_DIR="$HOME/tracing-state"'
    const isDenied = code === 'EACCES' || code === 'EPERM'
    const foreign = foreignFile(path, elsewhere)
    throw new UserError(
      {
        code: 'STATE_DIR_UNUSABLE',
        what: `${foreign ? path : directory} ${foreign?.what ?? 'cannot be written'}, and the workspace keeps its logs, data and processes there (${code}).`,
        fix: foreign?.fix ?? (isDenied ? openAgain(path) : undefined) ?? elsewhere,
      },
      { cause: error },
    )
  }
}

/** Makes the folder, readable by its owner only. One of an earlier version may be looser; a person's own link stays. */
function makePrivate(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const stat = lstatSync(folder)
  const isOurs = stat.isDirectory() && stat.uid === process.getuid?.()
  if (isOurs && (stat.mode & 0o077) !== 0) chmodSync(folder, 0o700)
}

export function newState(scope: Scope): WorkspaceState {
  return { version: 2, scope, phase: 'starting', key: randomBytes(32).toString('hex'), processes: [] }
}

/**
 * Only for the holder of the processes' lock. Readers see the old state or the new one, never a part. Throws a UserError
 * (STATE_DIR_DELETED) where the folder is gone.
 */
export function writeState(folders: StateFolders, state: WorkspaceState): void {
  try {
    writeFileAtomically(pathOf(folders), `${JSON.stringify(state, null, 2)}\n`, 0o600)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    const what = `${folders.run} was deleted while the processes started or stopped.`
    const fix = 'npm stop ends what still runs, npm run setup makes the folder again.'
    throw new UserError({ code: 'STATE_DIR_DELETED', what, fix }, { cause: error })
  }
}

/**
 * The last written state; undefined where there is none, or (after `warn`) none that can be understood. Throws a
 * UserError (STATE_FORBIDDEN) where the file cannot be read, for example another user's after a start with sudo.
 */
export function readState(
  folders: StateFolders,
  warn: (text: string) => void = () => {},
): WorkspaceState | undefined {
  let text: string
  try {
    text = readFileSync(pathOf(folders), 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    const foreign = foreignFile(pathOf(folders))
    const reason = foreign?.what ?? `cannot be read (${(error as NodeJS.ErrnoException).code})`
    const what = `${pathOf(folders)} ${reason}, so that it is unknown which processes run.`
    const fix =
      foreign?.fix ?? openAgain(pathOf(folders)) ?? `Move it away: ls -ld ${shellWord(pathOf(folders))}`
    throw new UserError({ code: 'STATE_FORBIDDEN', what, fix }, { cause: error })
  }
  const result = workspaceStateSchema.safeParse(parseJson(text))
  if (result.success) return result.data
  warn(`${pathOf(folders)} cannot be understood and is ignored.`)
  return undefined
}

export function removeState(folders: StateFolders): void {
  rmSync(pathOf(folders), { force: true })
}

/**
 * A keyed hash of what a process is started with: shows that a setting has changed without storing the setting. The
 * environment that every program gets is left out, since it differs between terminals.
 */
export function hashSettings({ command, args, cwd, env }: ProcessSpec, key: string): string {
  const sorted = Object.entries(env).sort(([a], [b]) => (a < b ? -1 : 1))
  return createHmac('sha256', key)
    .update(JSON.stringify([command, args, cwd, sorted]))
    .digest('hex')
}

/**
 * crashed: it has ended, and no command of ours ended it. stopped: also a process that still ends, so that a start after
 * an interrupted stop does not count it as running; and one that the machine's restart has ended.
 */
export function conditionOf(
  { state, identity }: ProcessRecord,
  phase: WorkspaceState['phase'],
): 'starting' | 'ready' | 'crashed' | 'stopped' {
  if (state === 'stopped' || phase === 'stopping' || isOfEarlierBoot(identity)) return 'stopped'
  return isAlive(identity) ? state : 'crashed'
}

/** Whether `npm start` runs these processes now; one that was killed has left them to run in the background. */
export function isInForeground(state: WorkspaceState | undefined): boolean {
  return state?.supervisor !== undefined && isAlive(state.supervisor)
}

/** The command that starts what was asked for last. */
export function startOf(scope: Scope): string {
  return scope === 'sandbox' ? 'npm run sandbox' : 'npm run setup'
}

/**
 * Whether more of the workspace than its sandbox runs, so that `npm run sandbox` must leave everything as it is. What
 * `npm run sandbox` has started is no workspace.
 */
export function runsBeyondSandbox(state: WorkspaceState): boolean {
  if (state.scope === 'sandbox') return false
  const isRunning = (record: ProcessRecord) =>
    ['starting', 'ready'].includes(conditionOf(record, state.phase))
  return (
    isInForeground(state) || state.processes.some((record) => record.name !== 'sandbox' && isRunning(record))
  )
}

function pathOf(folders: StateFolders): string {
  return join(folders.run, 'processes.json')
}
