import { statSync } from 'node:fs'
import type { WorkspaceState } from '../../../contracts/workspace-state.ts'
import { resolveProviders } from '../../../settings/providers.ts'
import { type Environment, envFile, type Settings } from '../../../settings/read.ts'
import type { ApiState } from '../../../workshop/context.ts'
import { findDifferences, hasOtherCode } from '../../processes/differences.ts'
import { planProcesses } from '../../processes/plan.ts'
import type { ProcessSpec } from '../../processes/spec.ts'
import { readOwnState } from './own-state.ts'

/** Whether the api runs with the code and the settings of now. */
export async function readApiState(settings: Settings, environment: Environment): Promise<ApiState> {
  const state = readOwnState(settings)
  const specs = planProcesses(settings, resolveProviders(settings, environment), environment)
  return apiStateOf(state, specs, changedMs(envFile(environment)))
}

/** `envChangedMs`: when `.env` was last written, epoch ms; 0 without one. */
export function apiStateOf(
  state: WorkspaceState | undefined,
  specs: readonly ProcessSpec[],
  envChangedMs: number,
): ApiState {
  const [record, spec] = [state?.processes.find(isApi), specs.find(isApi)]
  if (!state || !record || !spec) return 'stopped'
  const reason = findDifferences(state, specs).find(isApi)?.reason
  if (reason === 'PROCESS_MISSING' || reason === 'PROCESS_ENDED') return 'stopped'
  if (!reason) return 'current'
  if (reason === 'CODE_CHANGED' || hasOtherCode(record, spec)) return 'outdated'
  return envChangedMs > Date.parse(record.startedAt) ? 'old-settings' : 'other-environment'
}

function isApi({ name }: { readonly name: string }): boolean {
  return name === 'api'
}

function changedMs(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0
}
