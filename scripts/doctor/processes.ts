import { z } from 'zod'
import type { Terminal } from '../command-line/terminal.ts'
import { getJson } from '../machine/http-json.ts'
import { ensureRunning } from '../processes/ensure-running.ts'
import { planProcesses } from '../processes/plan.ts'
import { checkDistinct, checkPorts } from '../processes/ports.ts'
import type { ProcessSpec } from '../processes/spec.ts'
import type { ProcessStatus, Status } from '../processes/status.ts'
import { asFinding, type Examination, type Finding, found, good, joined, type Patient } from './finding.ts'

/** A process that is well answers its health in milliseconds. */
const HEALTH_MS = 3_000
const READY = z.object({ missing: z.array(z.string()) })

/** Whether everything runs, answers, and has the settings that are there now. */
export async function examineProcesses(patient: Patient, quiet: Terminal): Promise<Examination> {
  const { status, settings, providers, environment } = patient
  const specs = planProcesses(settings, providers, environment)
  const start = async () => {
    await ensureRunning(settings, quiet, { environment })
    return 'Everything runs, with the settings of now'
  }
  const alive = status.processes.filter(({ pid }) => pid !== null)
  const isStarting = status.running && status.processes.some(({ state }) => state === 'starting')
  if (isStarting) return starting(alive)
  const clash = examinePlan(specs)
  if (clash.findings.length > 0) return clash
  const crashed = status.processes.filter(({ state }) => state === 'crashed')
  const changes = status.findings.filter(
    ({ message }) => !crashed.some(({ name }) => message.startsWith(`${name} `)),
  )
  // The cause first: whoever asks one that has crashed lacks it.
  const described = joined([
    found(...crashed.map((process) => crash(process, start))),
    await examineAnswers(alive, new Set(crashed.map(({ name }) => name))),
    found(...changes.map(({ message, fix }) => change(message, fix, start))),
  ])
  return alive.length > 0 || crashed.length > 0
    ? described
    : joined([described, await examineStopped(specs, status, start)])
}

function starting(alive: readonly ProcessStatus[]): Examination {
  return found({
    severity: 'warning',
    what: `A start is under way (${alive.map(({ name, state }) => `${name} ${state}`).join(', ')}).`,
    why: 'What is said below may be otherwise in a moment.',
    fix: 'npm run doctor, when it has ended',
  })
}

/** What cannot be started as it is set; the processes that run have other settings. */
function examinePlan(specs: readonly ProcessSpec[]): Examination {
  try {
    checkDistinct(specs.flatMap(({ ports }) => ports))
    return good()
  } catch (error) {
    return asFinding(error, 'Nothing can start with these settings.')
  }
}

/** That a process is there does not mean that it does anything. */
async function examineAnswers(
  alive: readonly ProcessStatus[],
  told: ReadonlySet<string>,
): Promise<Examination> {
  const examinations = await Promise.all(
    alive.map(async ({ name, pid, url }): Promise<Examination | string> => {
      if (!url) return name
      if (!(await getJson(`${url}/health`, HEALTH_MS))) {
        return found({
          severity: 'problem',
          what: `${name} (pid ${pid}) runs, and does not answer at ${url}.`,
          why: 'It is stopped, or busy with something that does not end: whoever asks it waits.',
          fix: `kill -CONT ${pid}, if somebody has stopped it; else npm stop, npm run setup`,
        })
      }
      const ready = await getJson(`${url}/health/ready`, HEALTH_MS)
      const lacking = ready?.status === 503 ? (READY.safeParse(ready.body).data?.missing ?? []) : []
      const missing = lacking.filter((one) => !told.has(one))
      if (missing.length === 0) return name
      return found({
        severity: 'problem',
        what: `${name} answers, but not with its work: it cannot reach ${missing.join(', ')}.`,
        why: 'Requests that need it are answered 503.',
        fix: missing.includes('database')
          ? 'npm run logs -- database api; with a Postgres of your own: npm run env shows DATABASE_URL'
          : `npm run logs -- ${missing.join(' ')} ${name}`,
      })
    }),
  )
  const well = examinations.filter((one) => typeof one === 'string')
  return joined([
    well.length > 0 ? good(`Running: ${well.join(', ')}`) : good(),
    ...examinations.filter((one) => typeof one !== 'string'),
  ])
}

function crash({ name, exit, lastLines }: ProcessStatus, start: () => Promise<string>): Finding {
  const last = lastLines.length > 0 ? ` Its last words: ${lastLines.at(-1)}` : ''
  return {
    severity: 'problem',
    what: `${name} has crashed (${exit ?? 'nobody knows how'}).${last}`,
    why: 'What it did is not done any more; the others go on without it.',
    fix: `npm run logs -- ${name} tells more; npm run setup starts it again`,
    mend: start,
  }
}

function change(what: string, fix: string, start: () => Promise<string>): Finding {
  if (what.startsWith('The last start failed')) {
    return { severity: 'problem', what, why: 'It would fail again until this is mended.', fix }
  }
  const isOfSettings = /changed|wanted/.test(what)
  const why = isOfSettings
    ? 'A process has what it was started with: a setting that came later has not reached it.'
    : 'Nobody looks after the processes: one that ends is not missed.'
  return { severity: 'problem', what, why, fix, mend: start }
}

async function examineStopped(
  specs: readonly ProcessSpec[],
  status: Status,
  start: () => Promise<string>,
): Promise<Examination> {
  try {
    await checkPorts(specs)
  } catch (error) {
    return asFinding(error, 'Nothing runs, and nothing can start as long as it is so.')
  }
  return found({
    severity: 'problem',
    what: 'Nothing runs.',
    why: 'There is no backend to send a request to, and no sandbox to see it.',
    fix: 'npm run setup',
    // What has failed once is for a person to mend first.
    ...(status.findings.length === 0 && { mend: start }),
  })
}
