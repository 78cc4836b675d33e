import { UserError } from '../../contracts/user-error.ts'
import { resolveProviders } from '../../settings/providers.ts'
import { type Environment, rawStateDirectory, readSettings, stateDirectory } from '../../settings/read.ts'
import { silentTerminal, type Terminal } from '../command-line/terminal.ts'
import { operationOf } from '../containers/operation.ts'
import { asContainersHave, withContainers } from '../containers/status.ts'
import { settingsOfSandboxAlone } from '../processes/plan.ts'
import { readStatus } from '../processes/status.ts'
import { detectWorkspace } from '../workspace/index.ts'
import { checkAwsResources } from './aws-resources.ts'
import { type CheckResult, type Context, joined, problemOf, warning } from './check.ts'
import { checkClock, checkKeys } from './live-providers.ts'
import { checkMachine, checkPlatform } from './machine.ts'
import { checkProcesses } from './processes.ts'
import { checkSenders } from './senders.ts'
import { checkSettings } from './settings.ts'
import { checkDaemon, checkTelemetry } from './telemetry.ts'

/** How often fixes are applied: each round may make further checks possible. */
const MAX_ROUNDS = 3

export interface CheckReport extends CheckResult {
  readonly title: string
}

export interface Report {
  readonly checks: readonly CheckReport[]
  /** No check has found a problem; warnings and notes are allowed. */
  readonly ok: boolean
}

/**
 * Checks everything that commonly goes wrong; changes nothing. A check that throws is reported as a finding.
 * `quiet` gets the output of the code that the checks share with other commands.
 */
export async function diagnose(quiet: Terminal, environment: Environment = process.env): Promise<Report> {
  const checks: CheckReport[] = []
  const add = async (title: string, check: () => Promise<CheckResult> | CheckResult) => {
    const result = await Promise.resolve()
      .then(check)
      .catch((error: unknown) => failed(error))
    checks.push({ title, ...result })
  }
  const directory = directoryOf(environment)
  await add('Machine', () => checkMachine(directory))
  await add('Settings', () => checkSettings(environment))
  const opened = await openContext(directory, environment)
  if (opened instanceof UserError) {
    const isReported = checks.some(({ findings }) => findings.some(({ code }) => code === opened.code))
    const why = 'Nothing can be started until this is fixed.'
    if (!isReported) await add('Settings', () => problemOf(opened, why))
  } else {
    await add('Processes', () => checkProcesses(opened, quiet))
    await add('Keys', () => checkKeys(opened))
    await add('Clock', () => checkClock(opened))
    await add('X-Ray daemon', () => checkDaemon(opened))
    await add('Sampling rules and group', () => checkAwsResources(opened, quiet))
    await add('Telemetry', async () => joined([checkTelemetry(opened), await checkSenders(opened)]))
    await add('Workspace', () => checkPlatform(detectWorkspace(environment), opened))
  }
  return reportOf(checks)
}

/** A state folder that cannot be used is told once, by the check that names what is wrong inside it. */
export function reportOf(all: readonly CheckReport[]): Report {
  const isUnusable = ({ code }: { readonly code: string }) => code === 'STATE_DIR_UNUSABLE'
  const last = all.findLastIndex(({ findings }) => findings.some(isUnusable))
  const checks = all.map((one, index) =>
    index < last ? { ...one, findings: one.findings.filter((finding) => !isUnusable(finding)) } : one,
  )
  const hasProblem = checks.some(({ findings }) => findings.some(({ severity }) => severity === 'problem'))
  return { checks, ok: !hasProblem }
}

/** Returns the error where the settings or the state folder cannot be read. */
async function openContext(directory: string, environment: Environment): Promise<Context | UserError> {
  try {
    const status = await withContainers(await readStatus(directory, { environment }), environment)
    const { containers, scope } = status
    const asSet = readSettings(environment)
    // What runs is checked: a sandbox that runs alone stands in for every provider, with or without keys.
    const settings = containers
      ? asContainersHave(asSet, containers)
      : scope === 'sandbox'
        ? settingsOfSandboxAlone(asSet)
        : asSet
    const providers = resolveProviders(settings, environment)
    return { environment, settings, providers, status, operation: operationOf(containers, { follow: false }) }
  } catch (error) {
    if (error instanceof UserError) return error
    throw error
  }
}

/** The state folder, even where `.env` cannot be read. */
function directoryOf(environment: Environment): string {
  try {
    return rawStateDirectory(environment)
  } catch {
    return stateDirectory({ WORKSPACE_STATE_DIR: environment.WORKSPACE_STATE_DIR ?? '.workspace' })
  }
}

function failed(error: unknown): CheckResult {
  const message = error instanceof Error ? error.message : String(error)
  return warning({
    code: 'CHECK_FAILED',
    what: `This could not be checked: ${message.replace(/\.$/, '')}.`,
    why: 'A problem here would not be found.',
    fix: error instanceof UserError ? error.fix : 'Run npm run doctor again',
  })
}

/**
 * Fixes what can be fixed without harm, and checks again. Rules, for example, can be checked only once the
 * sandbox runs.
 */
export async function fixAndDiagnose(terminal: Terminal): Promise<Report> {
  let report = await diagnose(silentTerminal())
  for (let round = 0; round < MAX_ROUNDS && (await applyFixes(report, terminal)); round++) {
    report = await diagnose(silentTerminal())
  }
  return report
}

/** Applies a fix that several findings share once. False where there was nothing to fix. */
async function applyFixes({ checks }: Report, terminal: Terminal): Promise<boolean> {
  const fixes = new Set(checks.flatMap(({ findings }) => findings.flatMap(({ applyFix }) => applyFix ?? [])))
  for (const applyFix of fixes) {
    try {
      terminal.done(await applyFix())
    } catch (error) {
      const what = error instanceof Error ? error.message : String(error)
      terminal.fail(`Not fixed: ${what}`, error instanceof UserError ? error.fix : undefined)
    }
  }
  return fixes.size > 0
}
