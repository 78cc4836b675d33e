import { stateDirectory } from '../../settings/read.ts'
import type { Terminal } from '../command-line/terminal.ts'
import { ensureRunning } from '../processes/ensure-running.ts'
import { planProcesses, planSandboxAlone } from '../processes/plan.ts'
import { describePorts } from '../processes/port-text.ts'
import { checkDistinct, checkPortsOfOthers } from '../processes/ports.ts'
import type { ProcessStatus } from '../processes/process-status.ts'
import type { ProcessSpec } from '../processes/spec.ts'
import { startOf } from '../processes/state.ts'
import type { StatusFinding } from '../processes/status.ts'
import { answersHealth, readMissing } from '../providers/own-processes.ts'
import { type CheckResult, type Context, good, joined, problem, problemOf, warning } from './check.ts'
import { checkContainers } from './containers.ts'
import { describeCrash, describeFinding } from './status-findings.ts'

/** Whether every process runs, answers, and has the current settings. */
export async function checkProcesses(context: Context, quiet: Terminal): Promise<CheckResult> {
  const { status, settings, providers, environment } = context
  const { scope } = status
  const isAlone = scope === 'sandbox'
  const specs = isAlone
    ? planSandboxAlone(settings, environment)
    : planProcesses(settings, providers, environment)
  const start = async () => {
    await ensureRunning(settings, quiet, { environment, scope })
    return isAlone
      ? 'The sandbox runs, with the current settings'
      : 'Everything runs, with the current settings'
  }
  if (status.containers) return checkContainers(context, status.containers, start)
  const alive = status.processes.filter(({ pid }) => pid !== null)
  const isInterrupted = status.findings.some(({ code }) => code === 'START_INTERRUPTED')
  if (!isInterrupted && status.processes.some(({ state }) => state === 'starting')) {
    return warning({
      code: 'STARTING',
      what: `A start is under way (${alive.map(({ name, state }) => `${name} ${state}`).join(', ')}).`,
      why: 'The findings below may change in a moment.',
      fix: 'Wait until the start has ended, then npm run doctor',
    })
  }
  try {
    // Of the current settings, which running processes may not have yet.
    checkDistinct(specs.flatMap(({ ports }) => ports))
  } catch (error) {
    return problemOf(error, 'Nothing can start with these settings.')
  }
  const crashed = status.processes.filter(({ state }) => state === 'crashed')
  const isToldOfProcess = ({ code, what }: StatusFinding) =>
    (code === 'PROCESS_ENDED' && crashed.length > 0) ||
    (code === 'LAST_START_FAILED' && crashed.some(({ reason }) => reason && what.includes(reason.what)))
  const told = status.findings.filter((one) => !isToldOfProcess(one))
  const findings = told.filter((one) => !isAboutPorts(one))
  const isIdle = alive.length + crashed.length === 0
  const lastPorts = told.find(isAboutPorts)
  const ports = await checkFreePorts(specs, context)
  const arePortsFree = ports.findings.length === 0
  const isTold = findings.some(({ code }) => SAYS_WHAT_RUNS.has(code))
  return joined([
    isAlone && alive.length > 0
      ? good('The sandbox runs alone, as npm run sandbox has started it; npm run setup adds the backend')
      : good(),
    // Crashes come first, because they cause the findings after them.
    ...crashed.map((process) => describeCrash(process, startOf(scope), start)),
    await checkAnswers(alive, crashed),
    ...findings.map((diagnosis) => describeFinding(diagnosis, start)),
    ports,
    lastPorts && arePortsFree && !isIdle ? portsAreFreeNow(lastPorts, startOf(scope), start) : good(),
    // After a failed start a person has to fix its cause first.
    isIdle && arePortsFree && !isTold
      ? nothingRuns(startOf(scope), findings.length === 0 ? start : undefined)
      : good(),
  ])
}

/**
 * Whether the living processes answer and reach what they need. One that crashed or is silent is reported by itself, and
 * suspended ones are a finding of the status.
 */
async function checkAnswers(
  alive: readonly ProcessStatus[],
  crashed: readonly ProcessStatus[],
): Promise<CheckResult> {
  const silent = alive.filter(({ state }) => state === 'no answer')
  const reported = new Set([...crashed, ...silent].map(({ name }) => name))
  const running = alive.filter(({ suspended }) => !suspended)
  const results = await Promise.all(running.map((process) => checkAnswer(process, reported)))
  const healthy = running.filter((_, index) => results[index]?.findings.length === 0)
  const names = healthy.map(({ name }) => name)
  return joined([names.length > 0 ? good(`Running: ${names.join(', ')}`) : good(), ...results])
}

async function checkAnswer(
  { name, state, pid, url, ports }: ProcessStatus,
  reported: ReadonlySet<string>,
): Promise<CheckResult> {
  const isSilent = state === 'no answer' || (url !== null && !(await answersHealth(url)))
  if (isSilent) {
    return problem({
      code: 'PROCESS_SILENT',
      what: `${name} (pid ${pid}) runs, and does not answer at ${url ?? describePorts(ports)}.`,
      why: 'It is busy, or in an endless loop: requests to it wait.',
      fix: 'npm stop, then npm run setup',
    })
  }
  if (url === null) return good()
  const missing = (await readMissing(url)).filter((one) => !reported.has(one))
  if (missing.length === 0) return good()
  return problem({
    code: 'DEPENDENCY_MISSING',
    what: `${name} answers, but is not ready: it cannot reach ${missing.join(', ')}.`,
    why: `Requests that need ${missing.join(' or ')} are answered 503.`,
    fix: missing.includes('database')
      ? 'npm run logs -- --no-follow database api; with your own Postgres: npm run env shows DATABASE_URL'
      : `npm run logs -- --no-follow ${missing.join(' ')} ${name}`,
  })
}

/** Whether the ports that the processes want are free, apart from those that processes of this workspace hold. */
async function checkFreePorts(
  specs: readonly ProcessSpec[],
  { status, settings }: Context,
): Promise<CheckResult> {
  const wanted = specs.flatMap(({ ports }) => ports)
  const running = status.processes.filter(({ pid }) => pid !== null)
  try {
    await checkPortsOfOthers(wanted, running, stateDirectory(settings))
    return good()
  } catch (error) {
    return problemOf(error, 'What needs these ports cannot start until this is fixed.')
  }
}

/** What the last start has found of the ports, which are looked at again. */
function isAboutPorts({ cause }: StatusFinding): boolean {
  return cause === 'PORT_TAKEN' || cause === 'PORT_UNUSABLE'
}

/** The last start has failed for its ports, which are free now. */
function portsAreFreeNow(
  { code, what }: StatusFinding,
  command: string,
  applyFix: () => Promise<string>,
): CheckResult {
  const why = 'The ports are free now: another start can succeed.'
  return warning({ code, what, why, fix: command, applyFix })
}

/** These already say what runs, or that it is unknown. */
const SAYS_WHAT_RUNS = new Set(['LEFT_RUNNING', 'MACHINE_RESTARTED', 'STATE_FORBIDDEN', 'STATE_DIR_UNUSABLE'])

function nothingRuns(command: string, applyFix: (() => Promise<string>) | undefined): CheckResult {
  return problem({
    code: 'NOTHING_RUNS',
    what: 'Nothing runs.',
    why: 'There is no backend to send a request to, and no sandbox to show it.',
    fix: command,
    ...(applyFix && { applyFix }),
  })
}
