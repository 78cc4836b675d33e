import { statSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import { z } from 'zod'
import { UserError } from '../../contracts/user-error.ts'
import { userName } from '../../settings/owner.ts'
import { type Settings, stateDirectory } from '../../settings/read.ts'
import { findFreeRow } from '../machine/free-ports.ts'
import { getJson } from '../machine/http-json.ts'
import { readOrUndefined } from '../machine/process-facts.ts'
import { readMark, resolveFolder } from './living.ts'
import { PORT_ROW } from './port-row.ts'
import { findSuspended } from './suspended.ts'

/** How long another workspace's process may take to answer (ms). */
const HEALTH_MS = 2_000

/** The part of every answer of `/health` that names the process. */
const healthSchema = z.object({ pid: z.int().min(2), container: z.unknown().optional() })

/** In the command line of every process of a workspace that is our own TypeScript (plan.ts). */
const OWN_MODULE = 'scripts/processes/own-log.ts'

/** A process of another clone of this workspace. */
export interface Neighbour {
  /** `the workspace in /home/ada/tracing`, or `a workspace of the user ada`. */
  readonly whose: string
  /** The folder in which `npm stop` ends it; undefined for another user's. */
  readonly folder: string | undefined
}

/**
 * The other workspace that a process of this machine belongs to; undefined for a process of this one (`directory` is its
 * state folder) and for any other program. Only on Linux: other systems do not show a process's environment.
 */
export function findNeighbour(pid: number, directory: string): Neighbour | undefined {
  const mark = readMark(pid)
  if (mark) {
    if (mark.folder === resolveFolder(directory)) return undefined
    const folder = basename(mark.folder) === '.workspace' ? dirname(mark.folder) : mark.folder
    return { whose: `the workspace in ${folder}`, folder }
  }
  const command = readOrUndefined(`/proc/${pid}/cmdline`)
  if (!command?.includes(OWN_MODULE)) return undefined
  const { uid } = statSync(`/proc/${pid}`, { throwIfNoEntry: false }) ?? {}
  // One of this user without a mark was started by hand, with a debugger for example.
  if (uid === undefined || uid === process.getuid?.()) return undefined
  return { whose: `a workspace of the user ${userName(uid)}`, folder: undefined }
}

type Service = 'api' | 'profiles service' | 'sandbox'

const PROCESS_OF = { api: 'api', 'profiles service': 'profiles', sandbox: 'sandbox' } as const

/**
 * The error OTHER_WORKSPACE where another clone's process answers at the address. What a command sends there would be in the
 * other's stores, and what it reads there is the other's. Undefined for a program in a container: its pid is one of another
 * namespace.
 */
export async function findOther(
  what: Service,
  url: string,
  settings: Pick<Settings, 'WORKSPACE_STATE_DIR'>,
): Promise<UserError | undefined> {
  const health = healthSchema.safeParse((await getJson(`${url}/health`, HEALTH_MS))?.body).data
  const isInContainer = health?.container !== undefined
  const neighbour = health && !isInContainer && findNeighbour(health.pid, stateDirectory(settings))
  if (!health || !neighbour) return undefined
  const here = resolve(import.meta.dirname, '..', '..')
  return new UserError({
    code: 'OTHER_WORKSPACE',
    what: `The ${what} that answers at ${url} (pid ${health.pid}) is that of ${neighbour.whose}, not of ${here}.`,
    fix: `Move ours to free ports, and start it:\n    npm run env -- --ports ${await findFreeRow(PORT_ROW.length)}\n    npm run setup`,
  })
}

/** Throws the error of {@link findOther}; before, and at once, PROCESS_SUSPENDED where our process is suspended. */
export async function requireOwn(
  what: Service,
  url: string,
  settings: Pick<Settings, 'WORKSPACE_STATE_DIR'>,
): Promise<void> {
  const suspended = findSuspended(settings, [PROCESS_OF[what]])
  if (suspended) throw new UserError(suspended)
  const other = await findOther(what, url, settings)
  if (other) throw other
}
