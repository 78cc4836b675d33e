import { z } from 'zod'
import type { Diagnosis } from '../../contracts/diagnosis.ts'
import { stateDirectory } from '../../settings/read.ts'
import type { Terminal } from '../command-line/terminal.ts'
import { getJson } from '../machine/http-json.ts'
import { ensureRunning } from '../processes/ensure-running.ts'
import { planProcesses, planSandboxAlone } from '../processes/plan.ts'
import { checkDistinct, checkPorts } from '../processes/ports.ts'
import type { ProcessStatus } from '../processes/process-status.ts'
import type { ProcessSpec } from '../processes/spec.ts'
import { findFatalError } from '../processes/start-failure.ts'
import { startOf } from '../processes/state.ts'
import { type CheckResult, type Context, good, joined, problem, problemOf, warning } from './check.ts'

/** How long a process may take to answer. A healthy one needs milliseconds. */
const HEALTH_MS = 3_000
/** The body of a 503 of `/health/ready`: the dependencies that the process cannot reach. */
const NOT_READY = z.object({ missing: z.array(z.string()) })

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
  const isToldWithCrash = ({ code, what }: Diagnosis) =>
    (code === 'PROCESS_ENDED' && crashed.length > 0) ||
    (code === 'LAST_START_FAILED' && crashed.some(({ reason }) => reason && what.includes(reason.what)))
  const findings = status.findings.filter((one) => !isToldWithCrash(one))
  return joined([
    isAlone && alive.length > 0
      ? good('The sandbox runs alone, as npm run sandbox has started it; npm run setup adds the backend')
      : good(),
    // Crashes come first, because they cause the findings after them.
    ...crashed.map((process) => describeCrash(process, startOf(scope), start)),
    await checkAnswers(alive, new Set(crashed.map(({ name }) => name))),
    ...findings.map((diagnosis) => describeFinding(diagnosis, start)),
    alive.length + crashed.length === 0 ? await checkStopped(specs, context, start) : good(),
  ])
}

/** Whether the living processes answer and reach what they need. A crashed process is reported by itself. */
async function checkAnswers(
  alive: readonly ProcessStatus[],
  crashed: ReadonlySet<string>,
): Promise<CheckResult> {
  const results = await Promise.all(alive.map((process) => checkAnswer(process, crashed)))
  const healthy = alive.filter((_, index) => results[index]?.findings.length === 0)
  const names = healthy.map(({ name }) => name)
  return joined([names.length > 0 ? good(`Running: ${names.join(', ')}`) : good(), ...results])
}

async function checkAnswer(
  { name, state, pid, url }: ProcessStatus,
  crashed: ReadonlySet<string>,
): Promise<CheckResult> {
  if (!url) return good()
  if (state === 'no answer' || !(await getJson(`${url}/health`, HEALTH_MS))) {
    return problem({
      code: 'PROCESS_SILENT',
      what: `${name} (pid ${pid}) runs, and does not answer at ${url}.`,
      why: 'It is suspended or in an endless loop: requests to it wait.',
      fix: `kill -CONT ${pid}, if it was suspended; else npm stop, npm run setup`,
    })
  }
  const ready = await getJson(`${url}/health/ready`, HEALTH_MS)
  const unreachable = ready?.status === 503 ? (NOT_READY.safeParse(ready.body).data?.missing ?? []) : []
  const missing = unreachable.filter((one) => !crashed.has(one))
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

function describeCrash(
  { name, exit, reason: diagnosis, lastLines }: ProcessStatus,
  command: string,
  start: () => Promise<string>,
): CheckResult {
  if (diagnosis) {
    // Another start would end in the same way.
    const what = `${name} does not run: ${diagnosis.what}`
    return problem({ code: 'PROCESS_ENDED', what, why: WITHOUT_IT, fix: diagnosis.fix })
  }
  const error = findFatalError(lastLines)
  const reason = error
    ? ` The last error in its log: ${error}`
    : exit
      ? ''
      : ' Its log has no error that ends a process: it may have been killed by a signal (kill, kill -9) or for want of memory.'
  return problem({
    code: 'PROCESS_ENDED',
    what: `${name} has crashed${exit ? ` (${exit})` : ''}.${reason}`,
    why: WITHOUT_IT,
    fix: `npm run logs -- --no-follow ${name} tells more; ${command} starts it again`,
    applyFix: start,
  })
}

const WITHOUT_IT = 'The other processes run without it.'
/** By the code of a finding of `npm run status` that a start fixes: its severity and its consequence. */
const FIXED_BY_A_START = new Map([
  ['SETTINGS_CHANGED', { report: problem, why: 'A process keeps the settings of its start.' }],
  ['CODE_CHANGED', { report: warning, why: 'A process keeps the code of its start.' }],
  ['PROCESS_ENDED', { report: problem, why: WITHOUT_IT }],
  ['PROCESS_MISSING', { report: problem, why: WITHOUT_IT }],
  [
    'PROCESS_UNWANTED',
    { report: warning, why: 'The settings no longer need this process, and it may hold a port.' },
  ],
  ['START_INTERRUPTED', { report: problem, why: 'Some processes were not started.' }],
  ['STOP_INTERRUPTED', { report: problem, why: 'Some processes were not stopped.' }],
  [
    'STATE_UNREADABLE',
    { report: problem, why: 'The state file cannot be read, so started processes cannot be found.' },
  ],
])

/** A code that is not in FIXED_BY_A_START is why the last start failed: a person has to fix that first. */
function describeFinding({ code, what, fix }: Diagnosis, start: () => Promise<string>): CheckResult {
  if (code === 'DATA_KEPT_ASIDE') {
    return warning({ code, what, why: 'The database works, and its old data may still be wanted.', fix })
  }
  const fixed = FIXED_BY_A_START.get(code)
  if (!fixed) return problem({ code, what, why: 'Another start would fail in the same way.', fix })
  return fixed.report({ code, what, why: fixed.why, fix, applyFix: start })
}

async function checkStopped(
  specs: readonly ProcessSpec[],
  { status, settings }: Pick<Context, 'status' | 'settings'>,
  start: () => Promise<string>,
): Promise<CheckResult> {
  try {
    await checkPorts(
      specs.flatMap(({ ports }) => ports),
      stateDirectory(settings),
    )
  } catch (error) {
    return problemOf(error, 'Nothing runs, and nothing can start until this is fixed.')
  }
  return problem({
    code: 'NOTHING_RUNS',
    what: 'Nothing runs.',
    why: 'There is no backend to send a request to, and no sandbox to show it.',
    fix: startOf(status.scope),
    // After a failed start a person has to fix its cause first.
    ...(status.findings.length === 0 && { applyFix: start }),
  })
}
