import { serviceName } from '../../settings/providers.ts'
import { askProvider } from '../machine/http-json.ts'
import { checkHoneycombKey } from '../providers/keys/honeycomb-key.ts'
import type { KeyCheck } from '../providers/keys/key-check.ts'
import { checkRollbarReadToken, checkRollbarToken } from '../providers/keys/rollbar-token.ts'
import { type CheckResult, type Context, found, good, joined } from './check.ts'

/** AWS rejects a signature that is older or younger. ms. Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/signing-elements.html */
const REJECTED_MS = 5 * 60_000
/** With a larger difference the spans of two machines no longer line up. ms */
const VISIBLE_MS = 5_000

/** Asks each live provider about its key. */
export async function checkKeys({ settings, providers }: Context): Promise<CheckResult> {
  const { honeycomb, xray, rollbar } = providers
  const local = [honeycomb, xray, rollbar].every(({ mode }) => mode !== 'live')
  if (local) return good('No provider is live: there is no key to ask about')
  const keys = await Promise.all([
    honeycomb.mode === 'live' ? [await checkHoneycombKey(honeycomb, serviceName(settings))] : [],
    xray.mode === 'live' ? [await askAws(settings, xray)] : [],
    rollbar.mode === 'live' ? [await checkRollbarToken(rollbar)] : [],
    rollbar.mode === 'live' && settings.ROLLBAR_READ_TOKEN
      ? [await checkRollbarReadToken(rollbar.apiEndpoint, settings.ROLLBAR_READ_TOKEN)]
      : [],
  ])
  return joined(keys.flat().map(resultOf))
}

/** AWS's SDK takes a while to load, and only a live X-Ray needs it. */
async function askAws(
  ...args: Parameters<typeof import('../providers/keys/aws-credentials.ts').checkAwsCredentials>
) {
  const { checkAwsCredentials } = await import('../providers/keys/aws-credentials.ts')
  return checkAwsCredentials(...args)
}

function resultOf(key: KeyCheck): CheckResult {
  if (key.outcome === 'good') {
    const { says, note } = key
    if (!note) return good(says)
    const why = 'What is sent may not arrive where you look for it.'
    return { good: [says], findings: [{ ...note, severity: 'warning', why }] }
  }
  const { outcome, ...diagnosis } = key
  return outcome === 'bad'
    ? found({
        ...diagnosis,
        severity: 'problem',
        why: 'The provider refuses everything that is sent with it.',
      })
    : found({ ...diagnosis, severity: 'warning', why: 'Whether the provider accepts it is unknown.' })
}

/** Compares this machine's clock with the first live provider that tells its own. */
export async function checkClock({ providers, environment }: Context): Promise<CheckResult> {
  const { honeycomb, rollbar } = providers
  const urls = [
    ...(honeycomb.mode === 'live' ? [`${honeycomb.apiEndpoint}/1/auth`] : []),
    ...(rollbar.mode === 'live' ? [`${rollbar.apiEndpoint}/api/1/status/ping`] : []),
    ...(providers.xray.mode === 'live'
      ? [environment.AWS_ENDPOINT_URL ?? `https://xray.${providers.xray.region}.amazonaws.com`]
      : []),
  ]
  for (const url of urls) {
    const before = Date.now()
    const answer = await askProvider(url, {})
    if (typeof answer === 'string' || answer.clockMs === undefined) continue
    // The header has whole seconds, from some moment between sending the request and reading the answer.
    return judgeClock((before + Date.now()) / 2 - (answer.clockMs + 500), new URL(url).host)
  }
  return good()
}

export function judgeClock(aheadMs: number, host: string): CheckResult {
  const off = Math.abs(aheadMs)
  if (off < VISIBLE_MS) return good(`The clock agrees with ${host}`)
  const text = off >= 60_000 ? `${Math.round(off / 60_000)} minutes` : `${Math.round(off / 1000)} seconds`
  const isRejected = off >= REJECTED_MS
  return found({
    severity: isRejected ? 'problem' : 'warning',
    code: 'CLOCK_WRONG',
    what: `This machine's clock is ${text} ${aheadMs > 0 ? 'ahead of' : 'behind'} ${host}.`,
    why: isRejected
      ? 'AWS rejects signatures that are more than five minutes off, and links to traces search at the wrong time.'
      : 'Traces are shown at the wrong time.',
    fix: 'sudo timedatectl set-ntp true; in a virtual machine or WSL: restart it (wsl --shutdown)',
  })
}
