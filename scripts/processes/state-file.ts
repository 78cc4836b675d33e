import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { UserError } from '../../contracts/user-error.ts'
import { identitySchema } from '../machine/identity.ts'
import { portSpec } from './spec.ts'

export const exitSchema = z.object({ code: z.int().nullable(), signal: z.string().nullable() })

export const processStateSchema = z.object({
  name: z.string(),
  /** waiting: for an earlier stage. starting: running, not yet ready. crashed: ended without being asked to. */
  state: z.enum(['waiting', 'starting', 'ready', 'crashed', 'stopped']),
  /** Keyed hash of what it was started with. */
  fingerprint: z.string(),
  identity: identitySchema.optional(),
  startedAt: z.iso.datetime().optional(),
  exit: exitSchema.optional(),
  /** It did not end in time when asked to, and was killed. */
  killed: z.boolean(),
  ports: z.array(portSpec),
  url: z.string().optional(),
  log: z.string(),
})

/** Why a start failed. The lines of a log stay in the log: they may hold what should not be copied. */
export const failureSchema = z.object({
  code: z.string(),
  message: z.string(),
  fix: z.string(),
  /** The log that tells more. */
  log: z.string().optional(),
})

export const stateSchema = z.object({
  version: z.literal(1),
  /** Of this run of the supervisor; its processes carry it in their environment. */
  run: z.string(),
  mode: z.enum(['background', 'foreground']),
  phase: z.enum(['starting', 'running', 'stopping', 'stopped', 'failed']),
  supervisor: identitySchema,
  startedAt: z.iso.datetime(),
  /** Of the fingerprints. */
  key: z.string(),
  /** How long a process has between SIGTERM and SIGKILL (ms). */
  stopMs: z.number(),
  /** In the order of starting. */
  processes: z.array(processStateSchema),
  failure: failureSchema.optional(),
})

export type ExitState = z.infer<typeof exitSchema>
export type ProcessState = z.infer<typeof processStateSchema>
export type Failure = z.infer<typeof failureSchema>
export type SupervisorState = z.infer<typeof stateSchema>

/** The folders of one workspace's processes, made if need be. The state directory comes without symbolic links. */
export interface StateFolders {
  readonly state: string
  readonly run: string
  readonly logs: string
}

/** Throws a UserError where the folders can neither be found nor made. */
export function stateFolders(directory: string): StateFolders {
  try {
    for (const name of ['run', 'logs']) mkdirSync(join(directory, name), { recursive: true, mode: 0o700 })
    const state = realpathSync(directory)
    return { state, run: join(state, 'run'), logs: join(state, 'logs') }
  } catch (error) {
    throw new UserError(
      {
        code: 'STATE_DIR_UNUSABLE',
        what: `${directory} cannot be written, and the workspace keeps its logs, data and processes there (${(error as NodeJS.ErrnoException).code}).`,
        fix: 'Make it yours, or keep them elsewhere: npm run env -- WORKSPACE_STATE_DIR=<folder>',
      },
      { cause: error },
    )
  }
}

function pathOf(folders: StateFolders): string {
  return join(folders.run, 'supervisor.json')
}

/** Readers see the old state or the new one, never a part; nobody but the owner of the workspace sees any. */
export function writeState(folders: StateFolders, state: SupervisorState): void {
  const temporary = `${pathOf(folders)}.${process.pid}.${randomBytes(4).toString('hex')}.tmp`
  try {
    writeFileSync(temporary, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600, flag: 'wx' })
    renameSync(temporary, pathOf(folders))
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
}

/** The last written state; undefined where there is none, or (after `warn`) none that can be read. */
export function readState(
  folders: StateFolders,
  warn: (text: string) => void = () => {},
): SupervisorState | undefined {
  let text: string
  try {
    text = readFileSync(pathOf(folders), 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  const result = stateSchema.safeParse(parseJson(text))
  if (result.success) return result.data
  warn(`${pathOf(folders)} cannot be understood and is left out of account.`)
  return undefined
}

/** Removes the state of this run, or whatever is there where no run is given. */
export function removeState(folders: StateFolders, run?: string): void {
  if (run === undefined || readState(folders)?.run === run) rmSync(pathOf(folders), { force: true })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
