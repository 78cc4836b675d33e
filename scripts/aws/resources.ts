import type { SamplingRule } from '@aws-sdk/client-xray'
import type { Providers, XRayTarget } from '../../settings/providers.ts'
import type { Settings } from '../../settings/read.ts'
import type { Terminal } from '../command-line/terminal.ts'
import { callerIdentity, openXRay, type XRayApi } from './client.ts'
import { readDefinitions } from './definitions.ts'
import { destinationResource, requireTransactionSearch } from './destination.ts'
import { groupResource } from './group.ts'
import { type NamedDefinitions, nameDefinitions } from './naming.ts'
import type { Resource } from './resource.ts'
import { findSamplingRules, samplingRuleResource } from './sampling-rule.ts'

export interface OpenResources {
  readonly definitions: NamedDefinitions
  readonly resources: readonly Resource[]
  /** All sampling rules that are there, by their names: the workspace's, and others'. */
  readonly rules: ReadonlyMap<string, SamplingRule>
  readonly api: XRayApi
  /** `AWS account 123456789012, us-east-1`, or the sandbox. */
  readonly where: string
  /** Throws a UserError where the account has not what the settings need, and what nobody but its owner may change. */
  checkAccount(): Promise<void>
}

/**
 * Finds out what is there, changes nothing, and hands it to `work`. Before anything else it says where: a live account
 * is named before it is written to.
 */
export async function withResources<T>(
  settings: Settings,
  providers: Pick<Providers, 'xray'>,
  terminal: Terminal,
  work: (open: OpenResources) => Promise<T>,
): Promise<T> {
  const definitions = nameDefinitions(readDefinitions(), settings)
  const api = openXRay(settings, providers.xray)
  try {
    const where = await tellWhere(settings, providers.xray, terminal)
    const rules = await findSamplingRules(api)
    const resources = await find(api, definitions, rules)
    const isOtlp = providers.xray.pipeline === 'otlp'
    if (isOtlp && api.context.isLocal) resources.push(await destinationResource(api))
    const checkAccount = async () => {
      if (isOtlp && !api.context.isLocal) await requireTransactionSearch(api)
    }
    return await work({ definitions, resources, rules, api, where, checkAccount })
  } finally {
    api.client.destroy()
  }
}

async function find(
  api: XRayApi,
  { group, rules }: NamedDefinitions,
  found: ReadonlyMap<string, SamplingRule>,
): Promise<Resource[]> {
  return [
    ...rules.map((rule) => samplingRuleResource(api, rule, found.get(rule.RuleName))),
    await groupResource(api, group),
  ]
}

async function tellWhere(
  settings: Settings,
  { apiEndpoint, region }: XRayTarget,
  terminal: Terminal,
): Promise<string> {
  if (apiEndpoint !== undefined) {
    terminal.line(`X-Ray is played by the sandbox at ${apiEndpoint}`)
    return `the sandbox at ${apiEndpoint}`
  }
  const { account, arn } = await callerIdentity(settings, region)
  terminal.line(`AWS account ${terminal.bold(account)}, region ${terminal.bold(region)}, as ${arn}`)
  return `AWS account ${account}, ${region}`
}
