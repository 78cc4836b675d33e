import { spawn } from 'node:child_process'
import { closeSync } from 'node:fs'
import { join } from 'node:path'
import { type Identity, identify } from '../machine/identity.ts'
import type { Handover } from './handover.ts'
import { openLog } from './log-file.ts'
import { MARKER } from './marker.ts'
import type { ExitState, StateFolders } from './state-file.ts'

const PROGRAM = join(import.meta.dirname, 'background.ts')

export interface Launched {
  readonly identity: Identity | undefined
  readonly log: string
  /** How it ended, if it has while this process looked on. */
  exit(): ExitState | undefined
}

/**
 * Starts a supervisor that goes on when this process, its terminal and its session have ended. What it has to do is
 * written to its standard input: in an argument or a file, the settings in it could be read by others.
 */
export function launchSupervisor(handover: Handover, folders: StateFolders): Launched {
  const { path, fd } = openLog(folders.logs, 'supervisor')
  const { [MARKER]: _, ...env } = process.env
  const child = spawn(process.execPath, [PROGRAM], {
    cwd: folders.state,
    env,
    stdio: ['pipe', fd, fd],
    detached: true,
  })
  closeSync(fd)
  let exit: ExitState | undefined
  child.once('exit', (code, signal) => {
    exit = { code, signal }
  })
  child.once('error', () => {
    exit = { code: null, signal: null }
  })
  child.stdin?.on('error', () => {}) // It has ended already, and `exit` tells.
  child.stdin?.end(JSON.stringify(handover))
  child.unref()
  return { identity: child.pid === undefined ? undefined : identify(child.pid), log: path, exit: () => exit }
}
