import { z } from 'zod'
import type { Diagnosis } from '../../contracts/diagnosis.ts'
import type { Terminal } from '../command-line/terminal.ts'
import { getJson } from '../machine/http-json.ts'
import { ensureRunning } from '../processes/ensure-running.ts'
import { planProcesses } from '../processes/plan.ts'
import { checkDistinct, checkPorts } from '../processes/ports.ts'
import type { ProcessSpec } from '../processes/spec.ts'
import type { ProcessStatus, Status } from '../processes/status.ts'
import { type CheckResult, type Context, type Finding, found, foundError, good, joined } from './check.ts'

/** A healthy process answers in milliseconds. */
const HEALTH_MS = 3_000
const READY = z.object({ missing: z.array(z.string()) })

/** Whether every process runs, answers, and has the current settings. */
export async function checkProcesses(context: Context, quiet: Terminal): Promise<CheckResult> {
  const { status, settings, providers, environment } = context
  const specs = planProcesses(settings, providers, environment)
  const start = async () => {
    await ensureRunning(settings, quiet, { environment })
    return 'Everything runs, with the current settings'
  }
  const alive = status.processes.filter(({ pid }) => pid !== null)
  const isInterrupted = status.findings.some(({ code }) => code === 'START_INTERRUPTED')
  const isStarting = !isInterrupted && status.processes.some(({ state }) => state === 'starting')
  if (isStarting) return starting(alive)
  const clash = checkPlan(specs)
  if (clash.findings.length > 0) return clash
  const crashed = status.processes.filter(({ state }) => state === 'crashed')
  const changes = status.findings.filter(({ code }) => code !== 'PROCESS_ENDED' || crashed.length === 0)
  // A crash comes before its consequences for the others.
  const described = joined([
    found(...crashed.map((process) => crash(process, start))),
    await checkAnswers(alive, new Set(crashed.map(({ name }) => name))),
    found(...changes.map((diagnosis) => change(diagnosis, start))),
  ])
  return alive.length > 0 || crashed.length > 0
    ? described
    : joined([described, await checkStopped(specs, status, start)])
}

function starting(alive: readonly ProcessStatus[]): CheckResult {
  return found({
    severity: 'warning',
    code: 'STARTING',
    what: `A start is under way (${alive.map(({ name, state }) => `${name} ${state}`).join(', ')}).`,
    why: 'The findings below may change in a moment.',
    fix: 'npm run doctor, when it has ended',
  })
}

/** Whether the settings allow a start at all; running processes have older settings. */
function checkPlan(specs: readonly ProcessSpec[]): CheckResult {
  try {
    checkDistinct(specs.flatMap(({ ports }) => ports))
    return good()
  } catch (error) {
    return foundError(error, 'Nothing can start with these settings.')
  }
}

/** A process may run and not answer. */
async function checkAnswers(
  alive: readonly ProcessStatus[],
  crashed: ReadonlySet<string>,
): Promise<CheckResult> {
  const results = await Promise.all(
    alive.map(async ({ name, pid, url }): Promise<CheckResult | string> => {
      if (!url) return name
      if (!(await getJson(`${url}/health`, HEALTH_MS))) {
        return found({
          severity: 'problem',
          code: 'PROCESS_SILENT',
          what: `${name} (pid ${pid}) runs, and does not answer at ${url}.`,
          why: 'It is suspended, or busy without end: requests to it wait.',
          fix: `kill -CONT ${pid}, if it was suspended; else npm stop, npm run setup`,
        })
      }
      const ready = await getJson(`${url}/health/ready`, HEALTH_MS)
      const lacking = ready?.status === 503 ? (READY.safeParse(ready.body).data?.missing ?? []) : []
      const missing = lacking.filter((one) => !crashed.has(one))
      if (missing.length === 0) return name
      return found({
        severity: 'problem',
        code: 'DEPENDENCY_MISSING',
        what: `${name} answers, but is not ready: it cannot reach ${missing.join(', ')}.`,
        why: 'Requests that need it are answered 503.',
        fix: missing.includes('database')
          ? 'npm run logs -- database api; with your own Postgres: npm run env shows DATABASE_URL'
          : `npm run logs -- ${missing.join(' ')} ${name}`,
      })
    }),
  )
  const healthy = results.filter((one) => typeof one === 'string')
  return joined([
    healthy.length > 0 ? good(`Running: ${healthy.join(', ')}`) : good(),
    ...results.filter((one) => typeof one !== 'string'),
  ])
}

function crash({ name, exit, lastLines }: ProcessStatus, start: () => Promise<string>): Finding {
  const last = lastLines.length > 0 ? ` The last line of its log: ${lastLines.at(-1)}` : ''
  return {
    severity: 'problem',
    code: 'PROCESS_ENDED',
    what: `${name} has crashed${exit ? ` (${exit})` : ''}.${last}`,
    why: 'The other processes run without it.',
    fix: `npm run logs -- ${name} tells more; npm run setup starts it again`,
    applyFix: start,
  }
}

/** What follows from each finding of `npm run status` that a start fixes. */
const FIXED_BY_A_START: Readonly<Record<string, string>> = {
  SETTINGS_CHANGED: 'A process keeps the settings of its start: later ones have not reached it.',
  CODE_CHANGED: 'A process keeps the code of its start: later changes have not reached it.',
  PROCESS_ENDED: 'The other processes run without it.',
  PROCESS_MISSING: 'The other processes run without it.',
  PROCESS_UNWANTED: 'It may hold a port, and no setting asks for it.',
  START_INTERRUPTED: 'Processes that it had not started yet do not run.',
  STOP_INTERRUPTED: 'Processes that it had not stopped yet still run.',
  STATE_UNREADABLE: 'The workspace does not know its own processes.',
}

/** Any other finding is why the last start failed: a person has to fix that first. */
function change({ code, what, fix }: Diagnosis, start: () => Promise<string>): Finding {
  const why = FIXED_BY_A_START[code]
  return why === undefined
    ? { severity: 'problem', code, what, why: 'Another start would fail in the same way.', fix }
    : { severity: 'problem', code, what, why, fix, applyFix: start }
}

async function checkStopped(
  specs: readonly ProcessSpec[],
  status: Status,
  start: () => Promise<string>,
): Promise<CheckResult> {
  try {
    await checkPorts(specs.flatMap(({ ports }) => ports))
  } catch (error) {
    return foundError(error, 'Nothing runs, and nothing can start until this is fixed.')
  }
  return found({
    severity: 'problem',
    code: 'NOTHING_RUNS',
    what: 'Nothing runs.',
    why: 'There is no backend to send a request to, and no sandbox to show it.',
    fix: 'npm run setup',
    // After a failed start a person has to fix its cause first.
    ...(status.findings.length === 0 && { applyFix: start }),
  })
}
