import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync } from 'node:fs'
import type { Exit, Identity } from '../../contracts/workspace-state.ts'
import { identify } from '../machine/identity.ts'
import { MARKER } from './living.ts'
import { openLog } from './log-files.ts'
import type { ProcessSpec } from './spec.ts'
import { StartFailure } from './start-failure.ts'
import type { StateFolders } from './state.ts'

export interface Child {
  readonly identity: Identity
  readonly log: { readonly path: string; readonly offset: number }
  /** How it ended, once it has and where this command is still running then. */
  readonly exited: Promise<Exit>
}

/** Variables that any program needs. No others are inherited, because they may hold the secrets of other programs. */
const INHERITED =
  /^(PATH|HOME|USER|LOGNAME|SHELL|LANG|LC_\w+|TZ|TMPDIR|XDG_\w+|(LD|DYLD|NIX)_\w+|SSL_CERT_\w+|NODE_(ENV|COMPILE_CACHE|V8_COVERAGE)|NO_COLOR)$/

/**
 * Starts a process in a new session, so that neither Ctrl-C nor the closing of the terminal reaches it, and this
 * command can end before it. It writes to its log itself, and rotates it (own-log.ts). Throws a StartFailure where the
 * program cannot be run.
 */
export async function spawnProcess(
  spec: ProcessSpec,
  { folders, position }: { readonly folders: StateFolders; readonly position: number },
): Promise<Child> {
  const { path, fd, offset } = openLog(folders.logs, spec.name)
  let child: ChildProcess
  try {
    child = spawn(spec.command, spec.args, {
      cwd: spec.cwd,
      env: {
        ...inherited(process.env),
        ...spec.env,
        [MARKER]: `${position} ${spec.name} ${folders.state}`,
        WORKSPACE_LOG: path,
      },
      stdio: ['ignore', fd, fd],
      detached: true,
    })
  } finally {
    closeSync(fd)
  }
  child.unref()
  const exited = new Promise<Exit>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }))
  })
  const identity = child.pid === undefined ? undefined : identify(child.pid)
  if (identity) return { identity, log: { path, offset }, exited }
  const failed = new Promise<Error>((resolve) => child.once('error', resolve))
  const cause = await Promise.race([failed, exited])
  throw new StartFailure(spec.name, cause instanceof Error ? cause.message : 'it ended at once', path)
}

/** The variables that every process gets beside its own. */
export function inherited<Value>(environment: Readonly<Record<string, Value>>): Record<string, Value> {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => INHERITED.test(name)))
}
