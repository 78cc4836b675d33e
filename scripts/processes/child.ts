import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync } from 'node:fs'
import { type Identity, identify, sendSignalToGroup } from '../machine/identity.ts'
import { openLog } from './log-file.ts'
import { formatMark, MARKER } from './marker.ts'
import type { ProcessSpec } from './spec.ts'
import type { ExitState, StateFolders } from './state-file.ts'

export interface Child {
  readonly spec: ProcessSpec
  readonly identity: Identity
  readonly log: { readonly path: string; readonly offset: number }
  /** How it ended, once it has. */
  readonly exited: Promise<ExitState>
  killGroup(): void
}

/** A program that could not even be started. */
export class SpawnError extends Error {
  readonly log: string

  constructor(message: string, log: string, options?: ErrorOptions) {
    super(message, options)
    this.log = log
  }
}

/**
 * Starts a process in a session, and so a process group, of its own: Ctrl-C on the supervisor's terminal is not meant
 * for it. It writes to its log itself, so that it can go on when the supervisor is no more.
 */
export async function spawnChild(
  spec: ProcessSpec,
  { folders, run, position }: { folders: StateFolders; run: string; position: number },
): Promise<Child> {
  const { path, fd, offset } = openLog(folders.logs, spec.name)
  const mark = formatMark({ run, position, name: spec.name, directory: folders.state })
  let child: ChildProcess
  try {
    child = spawn(spec.command, spec.args, {
      cwd: spec.cwd,
      env: { ...inherited(spec.without), ...spec.env, [MARKER]: mark },
      stdio: ['ignore', fd, fd],
      detached: true,
    })
  } finally {
    closeSync(fd)
  }
  const exited = new Promise<ExitState>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }))
  })
  const identity = child.pid === undefined ? undefined : identify(child.pid)
  if (!identity) throw await whyNotSpawned(child, exited, path)
  return {
    spec,
    identity,
    log: { path, offset },
    exited,
    killGroup: () => sendSignalToGroup(identity, 'SIGKILL'),
  }
}

function inherited(without: readonly string[]): NodeJS.ProcessEnv {
  const env = { ...process.env }
  for (const name of without) delete env[name]
  return env
}

async function whyNotSpawned(
  child: ChildProcess,
  exited: Promise<ExitState>,
  log: string,
): Promise<SpawnError> {
  const failed = new Promise<Error>((resolve) => child.once('error', resolve))
  const cause = await Promise.race([failed, exited])
  const reason = cause instanceof Error ? cause.message : 'it ended at once'
  return new SpawnError(reason, log, { cause })
}
