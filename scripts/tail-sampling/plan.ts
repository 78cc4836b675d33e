import type { Port } from '../../contracts/workspace-state.ts'
import { collectedServiceName, resolveProviders, sandboxUrl } from '../../settings/providers.ts'
import type { Settings } from '../../settings/read.ts'
import { planProcesses } from '../processes/plan.ts'
import { inherited } from '../processes/spawn.ts'
import type { ProcessSpec } from '../processes/spec.ts'
import { COLLECTOR, COLLECTOR_ENVIRONMENT, type CollectorName, collectorArguments } from './collectors.ts'

const LOOPBACK = '127.0.0.1'
/** The gateway first, so that the agent finds it; the services of the backend are in stage 3. */
const STAGE = { gateway: 1, agent: 2 } as const

export interface TailSamplingPlan {
  /** Gateway, agent, profiles and api. */
  readonly specs: readonly ProcessSpec[]
  /** The base address of this run's api. */
  readonly api: string
  /** The name of this run's api, which is not the learner's: its traces are not among those that the checks read. */
  readonly service: string
}

/**
 * The processes of a run: a second api and a second profiles service behind an agent and a gateway, in front of the running
 * sandbox, with the learner's database. `ports`: nine free ones of loopback. Writes the collectors' files to `folder`.
 */
export function planTailSampling(
  settings: Settings,
  ports: readonly number[],
  folder: string,
): TailSamplingPlan {
  const [agentHttp, agentGrpc, daemon, agentHealth, gatewayGrpc, gatewayLoop, gatewayHealth, api, profiles] =
    ports as [number, number, number, number, number, number, number, number, number]
  const place = {
    ports: { agentHttp, agentGrpc, daemon, agentHealth, gatewayGrpc, gatewayLoop, gatewayHealth },
    sandbox: sandboxUrl(settings),
    folder,
  }
  const service = collectedServiceName(settings)
  const collector = (name: CollectorName, health: number): ProcessSpec => ({
    name,
    stage: STAGE[name],
    uses: name === 'agent' ? ['gateway'] : [],
    command: COLLECTOR,
    args: collectorArguments(name, place),
    env: { ...inherited(process.env as Record<string, string>), ...COLLECTOR_ENVIRONMENT },
    cwd: folder,
    sources: [],
    ports: [portOf(health)],
    ready: { kind: 'tcp', host: LOOPBACK, port: health },
  })
  // Everything goes to the sandbox, also where the learner's providers are live: nothing here may cost money.
  const collected: Settings = {
    ...settings,
    HONEYCOMB_ENABLED: 'local',
    XRAY_ENABLED: 'local',
    ROLLBAR_ENABLED: 'false',
    XRAY_PIPELINE: 'collector',
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://${LOOPBACK}:${agentHttp}`,
    OTEL_EXPORTER_OTLP_HEADERS: undefined,
    OTEL_TRACES_SAMPLER: undefined,
    OTEL_SERVICE_NAME: service,
    PLANTED_FAULTS: [],
    BACKEND_HOST: LOOPBACK,
    PORT: api,
    PROFILES_PORT: profiles,
    PROFILES_URL: undefined,
  }
  const backend = planProcesses(collected, resolveProviders(collected)).filter(
    ({ name }) => name === 'api' || name === 'profiles',
  )
  return {
    specs: [
      collector('gateway', gatewayHealth),
      collector('agent', agentHealth),
      ...backend.map((spec) => ({ ...spec, uses: ['agent'] })),
    ],
    api: `http://${LOOPBACK}:${api}`,
    service,
  }
}

function portOf(port: number): Port {
  return { port, protocol: 'tcp', host: LOOPBACK, variable: 'PORT' }
}
