import { isAlive } from '../machine/identity.ts'
import { describeExit } from './exit-words.ts'
import { fingerprint } from './fingerprint.ts'
import type { ProcessSpec } from './spec.ts'
import type { SupervisorState } from './state-file.ts'

/** Why what runs is not what the settings ask for, as sentences without a full stop; none where all is well. */
export function findDifferences(state: SupervisorState, specs: readonly ProcessSpec[]): string[] {
  return [...findCrashes(state), ...findChanges(state, specs)]
}

export function findCrashes({ processes }: SupervisorState): string[] {
  return processes.flatMap(({ name, state, identity, exit }) => {
    if (state === 'crashed')
      return [`${name} has crashed (${exit ? describeExit(exit) : 'nobody knows why'})`]
    const isLost = state === 'ready' && identity !== undefined && !isAlive(identity)
    return isLost ? [`${name} is gone`] : []
  })
}

export function findChanges({ processes, key }: SupervisorState, specs: readonly ProcessSpec[]): string[] {
  const wanted = new Map(specs.map((spec) => [spec.name, fingerprint(spec, key)]))
  const running = new Map(processes.map((one) => [one.name, one.fingerprint]))
  const changed = [...wanted.keys()].filter(
    (name) => running.has(name) && running.get(name) !== wanted.get(name),
  )
  const added = [...wanted.keys()].filter((name) => !running.has(name))
  const removed = [...running.keys()].filter((name) => !wanted.has(name))
  return [
    ...(changed.length > 0 ? [`the settings of ${changed.join(', ')} have changed`] : []),
    ...added.map((name) => `${name} is wanted now`),
    ...removed.map((name) => `${name} is no longer wanted`),
  ]
}
