import { UserError } from '../../contracts/user-error.ts'
import { resolveProviders } from '../../settings/providers.ts'
import { type Environment, rawStateDirectory, readSettings, stateDirectory } from '../../settings/read.ts'
import type { Terminal } from '../command-line/terminal.ts'
import { readStatus } from '../processes/status.ts'
import { detectWorkspace } from '../workspace/index.ts'
import { examineAwsResources } from './aws-resources.ts'
import { examineClock } from './clock.ts'
import { examineDaemon } from './daemon.ts'
import { asFinding, type Examination, type Finding, found, type Patient } from './finding.ts'
import { examineKeys } from './keys.ts'
import { examineMachine } from './machine.ts'
import { examinePlatform } from './platform.ts'
import { examineProcesses } from './processes.ts'
import { examineSettings } from './settings.ts'
import { examineTelemetry } from './telemetry.ts'

export interface CheckReport extends Examination {
  readonly title: string
}

export interface Diagnosis {
  readonly checks: readonly CheckReport[]
  /** No check has found a problem; warnings and notes there may be. */
  readonly ok: boolean
}

/**
 * Looks at everything that commonly goes wrong; changes nothing. Never throws for what it finds: a check that cannot be
 * done is a finding. `quiet` hears what the commands that it asks would say.
 */
export async function diagnose(quiet: Terminal, environment: Environment = process.env): Promise<Diagnosis> {
  const checks: CheckReport[] = []
  const check = async (title: string, examine: () => Promise<Examination> | Examination) => {
    const examination = await Promise.resolve()
      .then(examine)
      .catch((error: unknown) => found(broken(error)))
    checks.push({ title, ...examination })
    return examination
  }
  const directory = directoryOf(environment)
  await check('Machine', () => examineMachine(directory))
  await check('Settings', () => examineSettings(environment))
  const patient = await patientOf(directory, environment)
  if (patient instanceof UserError) {
    // The settings by themselves may have been fine, and told of, or not.
    const isTold = checks.some(({ findings }) => findings.some(({ what }) => what === patient.message))
    const why = 'No command of the workspace works as long as it is so.'
    if (!isTold) await check('Settings', () => asFinding(patient, why))
  } else {
    await check('Processes', () => examineProcesses(patient, quiet))
    await check('Keys', () => examineKeys(patient))
    await check('Clock', () => examineClock(patient))
    await check('X-Ray daemon', () => examineDaemon(patient))
    await check('Sampling rules and group', () => examineAwsResources(patient, quiet))
    await check('Telemetry', () => examineTelemetry(patient))
    await check('Workspace', () => examinePlatform(detectWorkspace(environment), patient))
  }
  const hasProblem = checks.some(({ findings }) => findings.some(({ severity }) => severity === 'problem'))
  return { checks, ok: !hasProblem }
}

/** The error where there is none, since the settings, or the state folder, cannot be read. */
async function patientOf(directory: string, environment: Environment): Promise<Patient | UserError> {
  try {
    const settings = readSettings(environment)
    const providers = resolveProviders(settings, environment)
    return { environment, settings, providers, status: await readStatus(directory, { environment }) }
  } catch (error) {
    if (error instanceof UserError) return error
    throw error
  }
}

/** The state folder, also where `.env` cannot be read. */
function directoryOf(environment: Environment): string {
  try {
    return rawStateDirectory(environment)
  } catch {
    return stateDirectory({ WORKSPACE_STATE_DIR: environment.WORKSPACE_STATE_DIR ?? '.workspace' })
  }
}

function broken(error: unknown): Finding {
  const what = error instanceof Error ? error.message : String(error)
  return {
    severity: 'warning',
    what: `This could not be looked at: ${what}${/[.!?]$/.test(what) ? '' : '.'}`,
    why: 'What is wrong here is not found.',
    fix: error instanceof UserError ? error.fix : 'npm run doctor again',
  }
}
