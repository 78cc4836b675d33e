import type { Identity } from '../../contracts/workspace-state.ts'
import { poll } from './poll.ts'
import { readFacts } from './process-facts.ts'

/** How long the system may take to end a process that was sent SIGKILL (ms). */
const KILL_MS = 5000

/** The identity of a living process, or undefined. */
export function identify(pid: number): Identity | undefined {
  const facts = readFacts(pid)
  return facts && !facts.isZombie ? { pid, startTime: facts.startTime } : undefined
}

export function isAlive(identity: Identity): boolean {
  return identify(identity.pid)?.startTime === identity.startTime
}

/** Whether the process is suspended: it keeps its ports, whose connections the system still accepts, and answers nothing. */
export function isSuspended({ pid, startTime }: Identity): boolean {
  const facts = readFacts(pid)
  return facts?.startTime === startTime && facts.isSuspended
}

/**
 * Whether the machine, or the container, has started again since the process did. On Linux; false where it cannot be
 * known.
 */
export function isOfEarlierBoot({ startTime }: Identity, first = readFacts(1)): boolean {
  const [ticks, boot] = startTime.split('@')
  const [firstTicks, currentBoot] = first?.startTime.split('@') ?? []
  if (boot === undefined || currentBoot === undefined) return false
  // A container's first process is younger than the machine.
  return boot !== currentBoot || Number(ticks) < Number(firstTicks)
}

export function isSame(a: Identity | undefined, b: Identity | undefined): boolean {
  return a !== undefined && a.pid === b?.pid && a.startTime === b.startTime
}

/** Sends a signal to this process and no other; false where it has ended, even if another process has its pid. */
export function sendSignal(identity: Identity, signal: NodeJS.Signals): boolean {
  return isAlive(identity) && kill(identity.pid, signal)
}

/** Sends a signal to the process and, where it leads a group, to the whole group. */
export function sendSignalToGroup(identity: Identity, signal: NodeJS.Signals): boolean {
  const facts = readFacts(identity.pid)
  if (facts?.startTime !== identity.startTime) return false
  return kill(facts.group === identity.pid ? -identity.pid : identity.pid, signal)
}

/** gone: it was not running. ended: after SIGTERM. killed: with its whole group, after the deadline. */
export type Termination = 'gone' | 'ended' | 'killed'

/** Sends SIGTERM, waits, and kills the process's group if it has not ended by the deadline (ms). */
export async function terminate(identity: Identity, deadlineMs: number): Promise<Termination> {
  if (!sendSignal(identity, 'SIGTERM')) return 'gone'
  // A suspended process takes no other signal until it runs on.
  if (isSuspended(identity)) sendSignal(identity, 'SIGCONT')
  if (await hasEnded(identity, deadlineMs)) return 'ended'
  sendSignalToGroup(identity, 'SIGKILL')
  await hasEnded(identity, KILL_MS)
  return 'killed'
}

/** Whether the process ends within this time (ms). */
export async function hasEnded(identity: Identity, deadlineMs: number): Promise<boolean> {
  const ended = await poll(() => (isAlive(identity) ? undefined : true), { deadlineMs, everyMs: 20 })
  return ended === true
}

/** Whether this user may not end the process, for example because sudo has started it. */
export function isAnotherUsers(identity: Identity): boolean {
  if (!isAlive(identity)) return false
  try {
    process.kill(identity.pid, 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function kill(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal)
  } catch (error) {
    // EPERM: a process that another user has started, for example with sudo.
    if (['ESRCH', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) return false
    throw error
  }
}
