import type { SamplingRule } from '@aws-sdk/client-xray'
import { UserError } from '../../contracts/user-error.ts'
import { profilesServiceName, sandboxUrl, serviceName } from '../../settings/providers.ts'
import { reconcileAws } from '../aws/reconcile.ts'
import { formatDifference, type OpenResources, withResources } from '../aws/resources.ts'
import type { Terminal } from '../command-line/terminal.ts'
import type { Operation } from '../containers/operation.ts'
import { getJson } from '../machine/http-json.ts'
import { findOther } from '../processes/neighbour.ts'
import type { ProcessStatus } from '../processes/process-status.ts'
import { readSamplingCounts } from '../providers/xray.ts'
import { type CheckResult, type Context, good, joined, note, problem, problemOf, warning } from './check.ts'
import { checkGroup } from './group.ts'

/** How long the sandbox may take to answer. It needs milliseconds. */
const HEALTH_MS = 3_000
/** Uptime in seconds after which the rules must have counted requests: a backend reports every ten seconds. */
const COUNTED_AFTER_S = 60
/** The checks of the processes and of the keys report these. */
const REPORTED_ELSEWHERE = new Set([
  'SANDBOX_DOWN',
  'AWS_CREDENTIALS_WRONG',
  'AWS_CREDENTIALS_MISSING',
  'AWS_TOKEN_EXPIRED',
  'AWS_UNREACHABLE',
])

/** The group and the sampling rules: they exist, match aws/json/, come first, count requests, and find traces. */
export async function checkAwsResources(context: Context, quiet: Terminal): Promise<CheckResult> {
  const { settings, providers } = context
  // A sandbox that runs alone has the rules and groups that the app beside it creates.
  if (providers.xray.mode === 'off' || context.status.scope === 'sandbox') return good()
  // The check of the processes reports a sandbox that does not answer.
  const { apiEndpoint } = providers.xray
  if (apiEndpoint && !(await getJson(`${apiEndpoint}/GetSamplingRules`, HEALTH_MS))) return good()
  // Another clone's rules are not ours to check, and not ours to change.
  if (providers.xray.mode === 'local' && (await findOther('sandbox', sandboxUrl(settings), settings)))
    return good()
  try {
    return await withResources(settings, providers, quiet, async (open) =>
      joined([
        checkDifferences(context, open, quiet),
        checkOrder(context, open),
        await checkCounts(context, open),
        await checkGroup(context, open, quiet),
      ]),
    )
  } catch (error) {
    if (error instanceof UserError && REPORTED_ELSEWHERE.has(error.code)) return good()
    return problemOf(error, 'The group and the sampling rules cannot be checked.')
  }
}

function checkDifferences(context: Context, { resources }: OpenResources, quiet: Terminal): CheckResult {
  const { settings, providers } = context
  // In an AWS account only `npm run aws` and `npm run setup` write.
  const applyFix = async () => {
    await reconcileAws(settings, providers, quiet)
    return 'The group and the sampling rules are as aws/json/ has them'
  }
  const others = resources.filter(({ exists, differences }) => !exists || differences.length > 0)
  if (others.length === 0) return good(`${resources.length} resources of X-Ray are as aws/json/ has them`)
  return joined(
    others.map(({ label, exists, differences }) =>
      problem({
        code: exists ? 'RESOURCE_DIFFERS' : 'RESOURCE_MISSING',
        what: exists
          ? `The ${label} differs from aws/json/: ${differences.map(formatDifference).join('; ')}.`
          : `There is no ${label}.`,
        why: 'Sampling and the group use other names or rates than the file.',
        fix: 'npm run aws shows the difference and fixes it',
        ...(providers.xray.mode === 'local' && { applyFix }),
      }),
    ),
  )
}

/** Another rule with a higher priority that matches every request leaves the workspace's rules unused. */
function checkOrder({ settings }: Context, { definitions, rules }: OpenResources): CheckResult {
  const own = new Set(definitions.rules.map(({ RuleName }) => RuleName))
  const first = Math.min(...definitions.rules.map(({ Priority }) => Priority))
  const services = [serviceName(settings), profilesServiceName(settings)]
  const shadows = [...rules.values()].filter(
    (rule) =>
      !own.has(rule.RuleName ?? '') &&
      (rule.Priority ?? Number.POSITIVE_INFINITY) < first &&
      matchesEverything(rule, services),
  )
  return joined(
    shadows.map(({ RuleName, Priority, FixedRate, ReservoirSize }) =>
      warning({
        code: 'SAMPLING_RULE_SHADOWED',
        what: `The sampling rule ${RuleName} (priority ${Priority}, ${ReservoirSize}/s and ${(FixedRate ?? 0) * 100} %) comes before the workspace's, and matches every request.`,
        why: 'The workspace’s rules are never used.',
        fix: `Give it a higher number than ${first}, or name another service in it: aws xray update-sampling-rule`,
      }),
    ),
  )
}

/** As X-Ray matches: `*` for any text, `?` for any character, in any case. */
export function matchesEverything(rule: Partial<SamplingRule>, services: readonly string[]): boolean {
  const isAny = [rule.Host, rule.HTTPMethod, rule.URLPath, rule.ServiceType, rule.ResourceARN].every(
    (part) => part === '*',
  )
  const attributes = Object.keys(rule.Attributes ?? {}).length
  const escaped = (rule.ServiceName ?? '*').replace(/[.+^${}()|[\]\\]/g, '\\$&')
  const pattern = new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`, 'i')
  return isAny && attributes === 0 && services.some((service) => pattern.test(service))
}

async function checkCounts(
  { status, settings, providers, operation }: Context,
  { definitions, client }: OpenResources,
): Promise<CheckResult> {
  const own = new Set(definitions.rules.map(({ RuleName }) => RuleName))
  const { requests, sampled } = await readSamplingCounts(client, own)
  if (requests > 0)
    return good(`The sampling rules have recently counted ${requests} requests, and sampled ${sampled}`)
  const api = status.processes.find(({ name }) => name === 'api')
  return judgeUncounted(api, settings.PORT, providers.xray.mode === 'live', operation)
}

/**
 * Why the rules have counted no request of an api that has sent segments. Requests of `npm run verify`, and so of setup,
 * carry their own decision, so that no rule decides on them.
 */
export function judgeUncounted(
  api: Pick<ProcessStatus, 'telemetry' | 'uptimeSeconds'> | undefined,
  port: number,
  isLive: boolean,
  operation: Operation,
): CheckResult {
  const { telemetry, uptimeSeconds } = api ?? {}
  const sent = telemetry?.providers.xray
  const hasSent = sent?.enabled === true && sent.accepted + sent.unconfirmed > 0
  if (!telemetry || !hasSent || (uptimeSeconds ?? 0) < COUNTED_AFTER_S) return good()
  const { name, fallback, failure } = telemetry.sampler
  if (name !== 'xray') {
    return warning({
      code: 'SAMPLING_RULES_UNUSED',
      what: `The sampling rules have counted no request: the sampler of the api is ${name}.`,
      why: 'The rules in aws/json/ have no effect.',
      fix: 'npm run env -- --unset OTEL_TRACES_SAMPLER, then npm run setup',
    })
  }
  if (fallback || failure) {
    return warning({
      code: 'SAMPLING_RULES_UNUSED',
      what: `The sampling rules have counted no request, and the api cannot read them${failure ? `: ${failure}` : ''}.`,
      why: `The api samples without the current rules${isLive ? '; the daemon may not forward its requests' : ''}.`,
      fix: `${operation.logs('api')} has the time of the first error`,
    })
  }
  return note({
    code: 'SAMPLING_RULES_IDLE',
    what: 'No request of your own has been counted yet.',
    why: '(The requests of npm run verify carry their own decision.)',
    fix: `curl http://localhost:${port}/api/activities/home`,
  })
}
