import { randomBytes } from 'node:crypto'
import { identify } from '../machine/identity.ts'
import { fingerprint } from './fingerprint.ts'
import type { Handover } from './handover.ts'
import { logPath } from './log-file.ts'
import type { StateFolders, SupervisorState } from './state-file.ts'

/** The state of a supervisor in this process that has not started anything yet. */
export function newState({ specs, mode, stopMs }: Handover, folders: StateFolders): SupervisorState {
  const supervisor = identify(process.pid)
  if (!supervisor) throw new Error('This process cannot tell its own start time.')
  const key = randomBytes(32).toString('hex')
  return {
    version: 1,
    run: randomBytes(8).toString('hex'),
    mode,
    phase: 'starting',
    supervisor,
    startedAt: new Date().toISOString(),
    key,
    stopMs,
    processes: specs.map((spec) => ({
      name: spec.name,
      state: 'waiting',
      fingerprint: fingerprint(spec, key),
      killed: false,
      ports: spec.ports,
      url: spec.url,
      log: logPath(folders.logs, spec.name),
    })),
  }
}
