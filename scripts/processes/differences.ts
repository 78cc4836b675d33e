import type { ProcessRecord, WorkspaceState } from '../../contracts/workspace-state.ts'
import { isAlive, isSuspended } from '../machine/identity.ts'
import { hashCode } from './code-hash.ts'
import type { ProcessSpec } from './spec.ts'
import { describeExit, describeUnknownExit, readFailure } from './start-failure.ts'
import { conditionOf, hashSettings } from './state.ts'

/**
 * The reasons for which a process is not as the settings and the code want it: `sentence` for a status, `short` for the
 * line in which a start names the process, in brackets after its name.
 */
export const REASONS = {
  PROCESS_ENDED: {
    sentence: (name: string, exit = 'ended') => `${name} has crashed (${exit}).`,
    short: 'it has crashed',
  },
  SETTINGS_CHANGED: {
    sentence: (names: string) => `The settings of ${names} have changed.`,
    short: 'its settings have changed',
  },
  CODE_CHANGED: {
    sentence: (names: string) => `The code of ${names} has changed.`,
    short: 'its code has changed',
  },
  PROCESS_SUSPENDED: { sentence: (names: string) => `Suspended: ${names}.`, short: 'it was suspended' },
  PROCESS_MISSING: { sentence: (names: string) => `Not running: ${names}.`, short: 'it did not run' },
  PROCESS_UNWANTED: {
    sentence: (names: string) => `Running, but no longer needed: ${names}.`,
    short: 'no longer needed',
  },
} as const

export interface Difference {
  readonly name: string
  readonly reason: keyof typeof REASONS
  /** How the process ended, where that is known. */
  readonly exit?: string
}

/**
 * At most one difference for each process; none where it runs and is ready, with the wanted settings and code. A process
 * that is not ready counts as missing, since the command that waited for it was killed.
 */
export function findDifferences(state: WorkspaceState, specs: readonly ProcessSpec[]): Difference[] {
  const wanted = specs.flatMap((spec): Difference[] => {
    const record = state.processes.find(({ name }) => name === spec.name)
    const reason = findReason(state, record, spec)
    if (!reason) return []
    const exit = reason === 'PROCESS_ENDED' && record ? { exit: endOf(record) } : {}
    return [{ name: spec.name, reason, ...exit }]
  })
  const unwanted = state.processes.filter(
    (record) =>
      !specs.some(({ name }) => name === record.name) && conditionOf(record, state.phase) !== 'stopped',
  )
  return [...wanted, ...unwanted.map(({ name }) => ({ name, reason: 'PROCESS_UNWANTED' }) as const)]
}

/** Those that do not run as wanted, and those that use one that is stopped for it. */
export function namesToStart(state: WorkspaceState, specs: readonly ProcessSpec[]): Set<string> {
  const ending = new Set(findDifferences(state, specs).map(({ name }) => name))
  const isLiving = (name: string) => state.processes.some((one) => one.name === name && isAlive(one.identity))
  for (const { name, uses } of specs) {
    if (uses.some((used) => ending.has(used) && isLiving(used))) ending.add(name)
  }
  return ending.intersection(new Set(specs.map(({ name }) => name)))
}

function endOf({ exit, log }: ProcessRecord): string {
  const lines = readFailure(log)
  return exit ? describeExit(exit, lines) : describeUnknownExit(lines)
}

function findReason(
  { phase, key }: WorkspaceState,
  record: ProcessRecord | undefined,
  spec: ProcessSpec,
): Difference['reason'] | undefined {
  const condition = record && conditionOf(record, phase)
  if (condition === 'crashed') return 'PROCESS_ENDED'
  if (condition !== 'ready') return 'PROCESS_MISSING'
  if (record && isSuspended(record.identity)) return 'PROCESS_SUSPENDED'
  if (record?.settingsHash !== hashSettings(spec, key)) return 'SETTINGS_CHANGED'
  return hasOtherCode(record, spec) ? 'CODE_CHANGED' : undefined
}

/** Whether the code has changed since the process started. */
export function hasOtherCode({ codeHash }: Pick<ProcessRecord, 'codeHash'>, spec: ProcessSpec): boolean {
  return codeHash !== hashCode(spec.cwd, spec.sources)
}

/** Sentences for a person: one for each crash, and one for all processes with the same other reason. */
export function describeDifferences(differences: readonly Difference[]) {
  const groups = Map.groupBy(differences, ({ name, reason }) => (reason === 'PROCESS_ENDED' ? name : reason))
  return [...groups.values()].flatMap((group) => {
    const names = group.map(({ name }) => name).join(', ')
    return group
      .slice(0, 1)
      .map(({ reason, exit }) => ({ code: reason, what: REASONS[reason].sentence(names, exit) }))
  })
}
