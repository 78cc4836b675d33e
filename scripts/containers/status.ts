import { UserError } from '../../contracts/user-error.ts'
import { resolveProviders } from '../../settings/providers.ts'
import { type Environment, readSettings, type Settings } from '../../settings/read.ts'
import { settingsOfSandboxAlone } from '../processes/plan.ts'
import { describeStopped, type ProcessStatus, sendsTelemetry } from '../processes/process-status.ts'
import type { Status } from '../processes/status.ts'
import { readTelemetryHealth } from '../providers/own-processes.ts'
import { type Containers, findContainers } from './answering.ts'
import { settingsOfContainers } from './settings.ts'

export interface StatusOfContainers extends Status {
  /** Those that answer in the place of the workspace's processes; absent where those run, or nothing answers. */
  readonly containers?: Containers
}

/** What the last start or stop of processes has left says nothing of the containers. */
const OF_PROCESSES = new Set([
  'MACHINE_RESTARTED',
  'START_INTERRUPTED',
  'STOP_INTERRUPTED',
  'LAST_START_FAILED',
  'PROCESS_ENDED',
])

/** Where no process of this workspace runs, and containers answer at its ports: their status stands where those of the processes would. */
export async function withContainers(
  status: Status,
  environment: Environment = process.env,
): Promise<StatusOfContainers> {
  const settings = status.running ? undefined : readValid(environment)
  const containers = settings && (await findContainers(settings))
  if (!settings || !containers) return status
  const scope = scopeOf(containers)
  const used = asContainersHave(settings, containers)
  const { honeycomb, xray, rollbar } = resolveProviders(used, environment)
  return {
    ...status,
    containers,
    scope,
    processes: await describeContainers(status.processes, containers),
    providers: { honeycomb: honeycomb.mode, xray: xray.mode, rollbar: rollbar.mode },
    findings: status.findings.filter(({ code }) => !OF_PROCESSES.has(code)),
  }
}

/** The containers that answer at the workspace's addresses; undefined also where these are unknown, for an invalid setting. */
export async function findContainersHere(
  environment: Environment = process.env,
): Promise<Containers | undefined> {
  const settings = readValid(environment)
  return settings && findContainers(settings)
}

/** The settings of what answers: of a profile, or of the sandbox's image by itself. */
export function asContainersHave(settings: Settings, containers: Containers): Settings {
  return scopeOf(containers) === 'sandbox'
    ? settingsOfSandboxAlone(settings)
    : settingsOfContainers(settings, containers)
}

function scopeOf({ isCompose, answering }: Containers): Status['scope'] {
  return !isCompose && answering.every(({ name }) => name === 'sandbox') ? 'sandbox' : 'workspace'
}

/** undefined where a setting is invalid, which is reported elsewhere. */
function readValid(environment: Environment): Settings | undefined {
  try {
    return readSettings(environment)
  } catch (error) {
    if (error instanceof UserError) return undefined
    throw error
  }
}

/** Those that do not answer stay `stopped`. Pid, memory and uptime are of another namespace, and so unknown. */
function describeContainers(
  processes: readonly ProcessStatus[],
  { answering }: Containers,
): Promise<ProcessStatus[]> {
  const rows = processes.filter(({ name }) => name === 'sandbox' || sendsTelemetry(name))
  return Promise.all(
    rows.map(async (row): Promise<ProcessStatus> => {
      const found = answering.find(({ name }) => name === row.name)
      const stopped = describeStopped({ ...row, url: found?.url ?? row.url ?? undefined })
      if (!found) return stopped
      const telemetry = sendsTelemetry(row.name) ? await readTelemetryHealth(found.url) : undefined
      return { ...stopped, state: 'ready', telemetry: telemetry ?? null }
    }),
  )
}
