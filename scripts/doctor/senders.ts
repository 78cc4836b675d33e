import { type HttpErrorCount, ProvidersRead } from '../../contracts/sandbox/health.ts'
import { sandboxUrl } from '../../settings/providers.ts'
import { plainLine } from '../command-line/plain-line.ts'
import { readSandbox } from '../providers/own-processes.ts'
import { type CheckResult, type Context, good, warning } from './check.ts'

const RECENT_MINUTES = 15
/** Errors that are listed; the others are counted. */
const MOST_LISTED = 3
/** Characters of an error's message. */
const MOST_CHARACTERS = 160
/** The paths that take telemetry, and how clients mistake them. An HTTP error of a read loses nothing. */
const SENDS =
  /^\/(v1\/|1\/(events|batch)\/|opentelemetry\.|api\/1\/item\/?(item\/?)?$|TraceSegments|TelemetryRecords)/
const NAMES = { honeycomb: 'Honeycomb', xray: 'X-Ray', rollbar: 'Rollbar' }

/** The HTTP errors that senders got lately from the sandbox: the workspace's services, and any other app. */
export async function checkSenders({ status, settings }: Context): Promise<CheckResult> {
  if (!status.processes.some(({ name, state }) => name === 'sandbox' && state === 'ready')) return good()
  const sandbox = sandboxUrl(settings)
  const providers = ProvidersRead.safeParse(await readSandbox(sandbox, '/sandbox/providers')).data
  return providers ? judgeSenders(providers.httpErrors, sandbox, Date.now()) : good()
}

/** `httpErrors`: the latest first. */
export function judgeSenders(
  httpErrors: readonly HttpErrorCount[],
  sandbox: string,
  nowMs: number,
): CheckResult {
  const recent = httpErrors.filter(
    ({ path, lastMs }) => SENDS.test(path) && nowMs - lastMs < RECENT_MINUTES * 60_000,
  )
  if (recent.length === 0) return good()
  const listed = recent.slice(0, MOST_LISTED).map(describe)
  const more = recent.length > MOST_LISTED ? [`and ${recent.length - MOST_LISTED} more`] : []
  return warning({
    code: 'SENDERS_GOT_ERRORS',
    what: `Apps got HTTP errors from the sandbox in the last ${RECENT_MINUTES} minutes: ${[...listed, ...more].join('; ')}.`,
    why: 'What they sent is in no lens, and many SDKs do not print the reason.',
    fix: `${sandbox}/providers has all of them. docs/your-app/README.md, What goes wrong most, has the fixes`,
  })
}

function describe({ provider, status, grpcStatus, path, message }: HttpErrorCount): string {
  const text = plainLine(message)
  const short = text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text
  return `${NAMES[provider]} ${grpcStatus ?? status} at ${plainLine(path)} (${short.replace(/\.$/, '')})`
}
