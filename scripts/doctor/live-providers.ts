import { serviceName } from '../../settings/providers.ts'
import { askProvider } from '../machine/http-json.ts'
import { checkAwsCredentials } from '../providers/keys/aws-credentials.ts'
import { checkHoneycombKey } from '../providers/keys/honeycomb-key.ts'
import type { KeyCheck } from '../providers/keys/key-check.ts'
import { checkRollbarReadToken, checkRollbarToken } from '../providers/keys/rollbar-token.ts'
import { type CheckResult, type Context, good, joined, problem, warning } from './check.ts'

/**
 * The largest difference (ms) between the clocks at which AWS accepts a signature.
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/signing-elements.html
 */
const REJECTED_MS = 5 * 60_000
/** The difference (ms) from which the spans of two machines look shifted. */
const VISIBLE_MS = 5_000

/** Asks each live provider about its key. */
export async function checkKeys({ settings, providers }: Context): Promise<CheckResult> {
  const { honeycomb, xray, rollbar } = providers
  const readToken = settings.ROLLBAR_READ_TOKEN
  const checks = [
    honeycomb.mode === 'live' && checkHoneycombKey(honeycomb, serviceName(settings)),
    xray.mode === 'live' && checkAwsCredentials(settings, xray),
    rollbar.mode === 'live' && checkRollbarToken(rollbar),
    rollbar.mode === 'live' && readToken && checkRollbarReadToken(rollbar.apiEndpoint, readToken),
  ]
  const asked = await Promise.all(checks.filter((check) => typeof check === 'object'))
  if (asked.length === 0) return good('No provider is live: there is no key to ask about')
  return joined(asked.map(resultOf))
}

function resultOf(key: KeyCheck): CheckResult {
  if (key.outcome === 'good') {
    const { says, note } = key
    if (!note) return good(says)
    const why = 'Telemetry may not arrive where you look for it.'
    return joined([good(says), warning({ ...note, why })])
  }
  const { outcome, ...diagnosis } = key
  return outcome === 'bad'
    ? problem({ ...diagnosis, why: 'The provider rejects this key for what the workspace does with it.' })
    : warning({ ...diagnosis, why: 'Whether the provider accepts this key is unknown.' })
}

/** Compares this machine's clock with the first live provider that tells its own. */
export async function checkClock({ providers, environment }: Context): Promise<CheckResult> {
  const { honeycomb, rollbar } = providers
  const urls = [
    ...(honeycomb.mode === 'live' ? [`${honeycomb.apiEndpoint}/1/auth`] : []),
    ...(rollbar.mode === 'live' ? [`${rollbar.apiEndpoint}/api/1/status/ping`] : []),
    ...(providers.xray.mode === 'live'
      ? // The AWS SDK's own variable, for another endpoint.
        [environment.AWS_ENDPOINT_URL ?? `https://xray.${providers.xray.region}.amazonaws.com`]
      : []),
  ]
  for (const url of urls) {
    const before = Date.now()
    const answer = await askProvider(url, {})
    if (typeof answer === 'string' || answer.clockMs === undefined) continue
    // The middle of the request, against the header Date, which is cut to whole seconds: half a second is added.
    const aheadMs = (before + Date.now()) / 2 - (answer.clockMs + 500)
    return judgeClock(aheadMs, new URL(url).host, providers.xray.mode === 'live')
  }
  return good()
}

/** `isSigned`: requests to AWS are signed with the time of this clock. */
export function judgeClock(aheadMs: number, host: string, isSigned: boolean): CheckResult {
  const off = Math.abs(aheadMs)
  if (off < VISIBLE_MS) return good(`The clock agrees with ${host}`)
  const text = off >= 60_000 ? `${Math.round(off / 60_000)} minutes` : `${Math.round(off / 1000)} seconds`
  const finding = {
    code: 'CLOCK_WRONG',
    what: `This machine's clock is ${text} ${aheadMs > 0 ? 'ahead of' : 'behind'} ${host}.`,
    why: 'Traces are shown at the wrong time, and links to traces search at the wrong time.',
    fix: 'sudo timedatectl set-ntp true; in a virtual machine or WSL: restart it (wsl --shutdown)',
  }
  if (!isSigned || off < REJECTED_MS) return warning(finding)
  return problem({ ...finding, why: 'AWS rejects signatures that are more than five minutes off.' })
}
