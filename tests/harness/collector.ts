import {
  COLLECTOR_ENVIRONMENT,
  type CollectorName,
  type CollectorPlace,
  collectorArguments,
  COLLECTOR as PROGRAM,
} from '../../scripts/tail-sampling/collectors.ts'
import { findProgram, type RunningProcess, startProcess } from './process.ts'

export const COLLECTOR = findProgram([PROGRAM, '--version'])

/** Starts a collector of docker-compose.yml as a process. `more`: further files of collector/. */
export function startCollector(
  name: CollectorName,
  { more, ...place }: CollectorPlace & { readonly more?: readonly string[] },
): Promise<RunningProcess> {
  const { agentHealth, gatewayHealth } = place.ports
  return startProcess(
    collectorArguments(name, place, more),
    { PATH: process.env.PATH ?? '', ...COLLECTOR_ENVIRONMENT },
    `http://127.0.0.1:${name === 'agent' ? agentHealth : gatewayHealth}/`,
    { program: PROGRAM },
  )
}
