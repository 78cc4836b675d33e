import type { WorkspaceState } from '../../contracts/workspace-state.ts'
import { hashCode } from './code-hash.ts'
import type { ProcessSpec } from './spec.ts'
import { describeExit } from './start-failure.ts'
import { conditionOf, hashSettings } from './state.ts'

/** Why a process that runs, or does not, is not as the settings and the code want it. */
export type Reason =
  | 'PROCESS_ENDED'
  | 'SETTINGS_CHANGED'
  | 'CODE_CHANGED'
  | 'PROCESS_MISSING'
  | 'PROCESS_UNWANTED'

export interface Difference {
  readonly name: string
  readonly reason: Reason
  /** How it ended, where that is known. */
  readonly exit?: string
}

/** At most one for each process: none where it runs, or is being started, as wanted. */
export function findDifferences(
  state: WorkspaceState | undefined,
  specs: readonly ProcessSpec[],
): Difference[] {
  const records = new Map(state?.processes.map((record) => [record.name, record]))
  const ofWanted = specs.flatMap((spec): Difference[] => {
    const { name } = spec
    const record = records.get(name)
    const condition = state && record ? conditionOf(record, state.phase) : 'stopped'
    if (!state || !record || condition === 'stopped') return [{ name, reason: 'PROCESS_MISSING' }]
    if (condition === 'crashed') {
      return [{ name, reason: 'PROCESS_ENDED', ...(record.exit && { exit: describeExit(record.exit) }) }]
    }
    if (record.settings !== hashSettings(spec, state.key)) return [{ name, reason: 'SETTINGS_CHANGED' }]
    if (record.code !== hashCode(spec.cwd, spec.sources)) return [{ name, reason: 'CODE_CHANGED' }]
    return []
  })
  const wanted = new Set(specs.map(({ name }) => name))
  const unwanted = [...records.values()].filter(
    (record) => !wanted.has(record.name) && state && conditionOf(record, state.phase) !== 'stopped',
  )
  return [...ofWanted, ...unwanted.map(({ name }) => ({ name, reason: 'PROCESS_UNWANTED' }) as const)]
}

/** Sentences for a person; one for each crash, and one for all processes with another reason. */
export function describeDifferences(
  differences: readonly Difference[],
): { readonly code: Reason; readonly what: string }[] {
  const groups = Map.groupBy(differences, ({ name, reason }) => (reason === 'PROCESS_ENDED' ? name : reason))
  return [...groups.values()].flatMap((group) => {
    const names = group.map(({ name }) => name).join(', ')
    return group
      .slice(0, 1)
      .map(({ reason, exit }) => ({ code: reason, what: sentence(reason, names, exit) }))
  })
}

function sentence(reason: Reason, names: string, exit = 'ended; the end of its log may say why'): string {
  switch (reason) {
    case 'PROCESS_ENDED':
      return `${names} has crashed (${exit}).`
    case 'SETTINGS_CHANGED':
      return `The settings of ${names} have changed.`
    case 'CODE_CHANGED':
      return `The code of ${names} has changed.`
    case 'PROCESS_MISSING':
      return `Not running: ${names}.`
    case 'PROCESS_UNWANTED':
      return `Running, but no longer needed: ${names}.`
  }
}

/** Each reason in the words of a start. */
export const REASON_WORDS: Readonly<Record<Reason, string>> = {
  PROCESS_ENDED: 'it has crashed',
  SETTINGS_CHANGED: 'its settings have changed',
  CODE_CHANGED: 'its code has changed',
  PROCESS_MISSING: 'it did not run',
  PROCESS_UNWANTED: 'no longer needed',
}
