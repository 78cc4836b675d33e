import { serviceName } from '../../settings/providers.ts'
import { checkHoneycombKey } from '../providers/keys/honeycomb-key.ts'
import { checkRollbarReadToken, checkRollbarToken } from '../providers/keys/rollbar-token.ts'
import type { Verdict } from '../providers/keys/verdict.ts'
import { type Examination, found, good, joined, type Patient } from './finding.ts'

/** Each live provider is asked about its key. */
export async function examineKeys({ settings, providers }: Patient): Promise<Examination> {
  const { honeycomb, xray, rollbar } = providers
  const local = [honeycomb, xray, rollbar].every(({ mode }) => mode !== 'live')
  if (local) return good('No provider is live: there is no key to ask about')
  const verdicts = await Promise.all([
    honeycomb.mode === 'live' ? [await checkHoneycombKey(honeycomb, serviceName(settings))] : [],
    xray.mode === 'live' ? [await askAws(settings, xray)] : [],
    rollbar.mode === 'live' ? [await checkRollbarToken(rollbar)] : [],
    rollbar.mode === 'live' && settings.ROLLBAR_READ_TOKEN
      ? [await checkRollbarReadToken(rollbar.apiEndpoint, settings.ROLLBAR_READ_TOKEN)]
      : [],
  ])
  return joined(verdicts.flat().map(examinationOf))
}

/** AWS's SDK takes a while to load, and is needed where X-Ray is live alone. */
async function askAws(
  ...args: Parameters<typeof import('../providers/keys/aws-credentials.ts').checkAwsCredentials>
) {
  const { checkAwsCredentials } = await import('../providers/keys/aws-credentials.ts')
  return checkAwsCredentials(...args)
}

function examinationOf(verdict: Verdict): Examination {
  if (verdict.outcome === 'good') {
    const { says, note } = verdict
    if (!note) return good(says)
    const why = 'What is sent may not arrive where you look for it.'
    return { good: [says], findings: [{ severity: 'warning', why, ...note }] }
  }
  const { what, fix } = verdict
  return verdict.outcome === 'bad'
    ? found({ severity: 'problem', what, why: 'Everything that is sent there is refused.', fix })
    : found({ severity: 'warning', what, why: 'Nobody knows whether what is sent there arrives.', fix })
}
