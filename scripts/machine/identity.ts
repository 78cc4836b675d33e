import { readFileSync } from 'node:fs'
import { z } from 'zod'
import type { ProcessFacts } from './process-facts.ts'
import { readByPs } from './ps.ts'

/**
 * A process, unmistakably: a pid is given to somebody else sooner or later, a pid with its start time is not. The
 * start time is opaque: clock ticks since boot and the boot's id on Linux, `ps`'s text elsewhere.
 */
export const identitySchema = z.object({
  // 0 and 1, or their negatives, would mean a whole group or everything there is to kill(2).
  pid: z.int().min(2),
  startTime: z.string().min(1),
})

export type Identity = z.infer<typeof identitySchema>

/** The identity of a living process, or undefined. */
export function identify(pid: number): Identity | undefined {
  const facts = readFacts(pid)
  return facts && !facts.isZombie ? { pid, startTime: facts.startTime } : undefined
}

export function isAlive(identity: Identity): boolean {
  return identify(identity.pid)?.startTime === identity.startTime
}

export function isSame(a: Identity | undefined, b: Identity | undefined): boolean {
  return a !== undefined && a.pid === b?.pid && a.startTime === b.startTime
}

/** Sends a signal to this process and no other; false where it is gone, or its pid is somebody else's by now. */
export function sendSignal(identity: Identity, signal: NodeJS.Signals): boolean {
  return isAlive(identity) && kill(identity.pid, signal)
}

/** Sends a signal to the process and, where it leads a group, to all of that. */
export function sendSignalToGroup(identity: Identity, signal: NodeJS.Signals): boolean {
  const facts = readFacts(identity.pid)
  if (facts?.startTime !== identity.startTime) return false
  return kill(facts.group === identity.pid ? -identity.pid : identity.pid, signal)
}

function kill(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
    throw error
  }
}

function readFacts(pid: number): ProcessFacts | undefined {
  return process.platform === 'linux' ? readFromProc(pid) : readByPs(pid)
}

function readFromProc(pid: number): ProcessFacts | undefined {
  const stat = readOrUndefined(`/proc/${pid}/stat`)
  return stat === undefined ? undefined : parseStat(stat, bootId())
}

/**
 * Reads a line of /proc/<pid>/stat (proc_pid_stat(5)). The second field is the program's name in brackets, which may
 * itself hold spaces and brackets, so that counting starts after the last one.
 */
export function parseStat(stat: string, boot: string): ProcessFacts | undefined {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [state, , group] = fields // fields 3, 4, 5
  const startTicks = fields[19] // field 22
  if (state === undefined || group === undefined || startTicks === undefined) return undefined
  return {
    startTime: `${startTicks}@${boot}`,
    group: Number(group),
    isZombie: state === 'Z' || state === 'X',
  }
}

let boot: string | undefined

/** Ticks start again with every boot, and a state file may outlive one. */
function bootId(): string {
  boot ??= readOrUndefined('/proc/sys/kernel/random/boot_id')?.trim().slice(0, 8) ?? 'unknown'
  return boot
}

function readOrUndefined(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined // The process ended, or ended while being read (ESRCH).
  }
}
