import { ask } from '../providers/keys/ask.ts'
import { type Examination, found, good, type Patient } from './finding.ts'

/** AWS refuses a signature that is older or younger. ms. Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/signing-elements.html */
const REFUSED_MS = 5 * 60_000
/** From here on traces of two machines no longer line up. ms */
const VISIBLE_MS = 5_000

/** This machine's clock against those of the live providers. */
export async function examineClock(
  { providers, environment }: Patient,
  now = Date.now,
): Promise<Examination> {
  const { honeycomb, rollbar } = providers
  const places = [
    ...(honeycomb.mode === 'live' ? [`${honeycomb.apiEndpoint}/1/auth`] : []),
    ...(rollbar.mode === 'live' ? [`${rollbar.apiEndpoint}/api/1/status/ping`] : []),
    ...(providers.xray.mode === 'live'
      ? [environment.AWS_ENDPOINT_URL ?? `https://xray.${providers.xray.region}.amazonaws.com`]
      : []),
  ]
  for (const place of places) {
    const before = now()
    const answer = await ask(place, {})
    if (typeof answer === 'string' || answer.clockMs === undefined) continue
    // Its header has whole seconds, and is some moment between our two looks at the clock.
    return judgeClock((before + now()) / 2 - (answer.clockMs + 500), new URL(place).host)
  }
  return good()
}

export function judgeClock(aheadMs: number, host: string): Examination {
  const off = Math.abs(aheadMs)
  if (off < VISIBLE_MS) return good(`The clock agrees with ${host}`)
  const text = off >= 60_000 ? `${Math.round(off / 60_000)} minutes` : `${Math.round(off / 1000)} seconds`
  return found({
    severity: off >= REFUSED_MS ? 'problem' : 'warning',
    what: `This machine's clock is ${text} ${aheadMs > 0 ? 'ahead of' : 'behind'} ${host}.`,
    why:
      off >= REFUSED_MS
        ? 'AWS refuses what is signed more than five minutes off, and traces are looked for at the wrong time.'
        : 'Traces stand at a time when they were not.',
    fix: 'sudo timedatectl set-ntp true; in a virtual machine or WSL: restart it (wsl --shutdown)',
  })
}
