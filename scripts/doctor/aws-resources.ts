import {
  GetSamplingStatisticSummariesCommand,
  GetTraceSummariesCommand,
  type SamplingRule,
} from '@aws-sdk/client-xray'
import { UserError } from '../../contracts/user-error.ts'
import { profilesServiceName, serviceName } from '../../settings/providers.ts'
import { call } from '../aws/error.ts'
import { reconcileAws } from '../aws/reconcile.ts'
import { formatDifference, type OpenResources, withResources } from '../aws/resources.ts'
import type { Terminal } from '../command-line/terminal.ts'
import { getJson } from '../machine/http-json.ts'
import { asFinding, type Examination, type Finding, found, good, joined, type Patient } from './finding.ts'

/** The sandbox answers in milliseconds. */
const HEALTH_MS = 3_000
/** How long a backend has to run until its first requests must have been counted: it reports every ten seconds. s */
const COUNTED_AFTER_S = 60
const HOUR_MS = 3_600_000

/** The group and the sampling rules: there, as they should be, asked first, counting, and finding something. */
export async function examineAwsResources(patient: Patient, quiet: Terminal): Promise<Examination> {
  const { settings, providers } = patient
  if (providers.xray.mode === 'off') return good()
  // A sandbox that is not there, or does not answer, is told of among the processes.
  const { apiEndpoint } = providers.xray
  if (apiEndpoint && !(await getJson(`${apiEndpoint}/GetSamplingRules`, HEALTH_MS))) return good()
  try {
    return await withResources(settings, providers, quiet, async (open) =>
      joined([
        examineDifferences(patient, open, quiet),
        examineOrder(patient, open),
        await examineCounts(patient, open),
        await examineGroup(open),
      ]),
    )
  } catch (error) {
    // What is wrong with the credentials, or that nothing runs, has been said.
    if (error instanceof UserError && /^(SANDBOX_DOWN|AWS_(CREDENTIALS|TOKEN|UNREACHABLE))/.test(error.code))
      return good()
    return asFinding(error, 'The group and the sampling rules cannot be looked at.')
  }
}

function examineDifferences(patient: Patient, { resources }: OpenResources, quiet: Terminal): Examination {
  const { settings, providers } = patient
  // In an account nothing is written but by the command whose name says so.
  const mend = async () => {
    await reconcileAws(settings, providers, quiet)
    return 'The group and the sampling rules are as aws/json/ has them'
  }
  const findings = resources.flatMap(({ label, exists, differences }): Finding[] => {
    if (exists && differences.length === 0) return []
    return [
      {
        severity: 'problem',
        what: exists
          ? `The ${label} is otherwise than aws/json/ has it: ${differences.map(formatDifference).join('; ')}.`
          : `There is no ${label}.`,
        why: 'Sampling and the group go by other names or rates than you think.',
        fix: 'npm run aws shows the difference and mends it',
        ...(providers.xray.mode === 'local' && { mend }),
      },
    ]
  })
  return findings.length > 0
    ? found(...findings)
    : good(`${resources.length} resources of X-Ray are as aws/json/ has them`)
}

/** A rule of somebody else's that is asked first, and takes every request, makes ours idle. */
function examineOrder({ settings }: Patient, { definitions, rules }: OpenResources): Examination {
  const own = new Set(definitions.rules.map(({ RuleName }) => RuleName))
  const first = Math.min(...definitions.rules.map(({ Priority }) => Priority))
  const shadows = [...rules.values()].filter(
    (rule) =>
      !own.has(rule.RuleName ?? '') &&
      (rule.Priority ?? Number.POSITIVE_INFINITY) < first &&
      takesAll(rule, [serviceName(settings), profilesServiceName(settings)]),
  )
  return found(
    ...shadows.map(
      ({ RuleName, Priority, FixedRate, ReservoirSize }): Finding => ({
        severity: 'warning',
        what: `The sampling rule ${RuleName} (priority ${Priority}, ${ReservoirSize}/s and ${(FixedRate ?? 0) * 100} %) is asked before the workspace's, and takes every request.`,
        why: 'The workspace’s rules decide nothing.',
        fix: `Give it a higher number than ${first}, or name another service in it: aws xray update-sampling-rule`,
      }),
    ),
  )
}

/** X-Ray's own matching: `*` for any text, `?` for any character, whatever the case. */
export function takesAll(rule: Partial<SamplingRule>, services: readonly string[]): boolean {
  const isAny = [rule.Host, rule.HTTPMethod, rule.URLPath, rule.ServiceType, rule.ResourceARN].every(
    (part) => part === '*',
  )
  const attributes = Object.keys(rule.Attributes ?? {}).length
  const escaped = (rule.ServiceName ?? '*').replace(/[.+^${}()|[\]\\]/g, '\\$&')
  const pattern = new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`, 'i')
  return isAny && attributes === 0 && services.some((service) => pattern.test(service))
}

async function examineCounts(
  { status, providers }: Patient,
  { definitions, api }: OpenResources,
): Promise<Examination> {
  const own = new Set(definitions.rules.map(({ RuleName }) => RuleName))
  const { SamplingStatisticSummaries = [] } = await call(
    'xray:GetSamplingStatisticSummaries',
    api.context,
    () => api.client.send(new GetSamplingStatisticSummariesCommand({})),
  )
  const counts = SamplingStatisticSummaries.filter(({ RuleName }) => own.has(RuleName ?? ''))
  const requests = counts.reduce((sum, { RequestCount = 0 }) => sum + RequestCount, 0)
  const sampled = counts.reduce((sum, { SampledCount = 0 }) => sum + SampledCount, 0)
  if (requests > 0)
    return good(`The sampling rules have counted ${requests} requests of late, and kept ${sampled}`)
  const api_ = status.processes.find(({ name }) => name === 'api')
  const hasSent = (api_?.telemetry?.providers?.xray?.accepted ?? 0) > 0
  if (!hasSent || (api_?.uptimeSeconds ?? 0) < COUNTED_AFTER_S) return good()
  return found({
    severity: 'warning',
    what: 'The sampling rules have counted no request, though the api has sent segments.',
    why:
      providers.xray.mode === 'live'
        ? 'The api decides by other rules: its name is another, its sampler is another, or the daemon does not pass its questions on.'
        : 'The api decides by other rules: its name is another, or its sampler is.',
    fix: 'npm run status shows the sampler; npm run env -- --unset OTEL_TRACES_SAMPLER',
  })
}

async function examineGroup({ definitions, api }: OpenResources): Promise<Examination> {
  const { GroupName, FilterExpression } = definitions.group
  const now = Date.now()
  const { TraceSummaries = [] } = await call('xray:GetTraceSummaries', api.context, () =>
    api.client.send(
      new GetTraceSummariesCommand({
        StartTime: new Date(now - HOUR_MS),
        EndTime: new Date(now),
        FilterExpression,
      }),
    ),
  )
  if (TraceSummaries.length > 0)
    return good(
      `The group ${GroupName} finds ${TraceSummaries.length} ${TraceSummaries.length === 1 ? 'trace' : 'traces'} of the last hour`,
    )
  return found({
    severity: 'note',
    what: `The group ${GroupName} (${FilterExpression}) finds no trace of the last hour.`,
    why: 'It is of failed requests, and there may have been none.',
    fix: 'npm run verify makes one',
  })
}
