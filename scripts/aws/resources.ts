import {
  CreateGroupCommand,
  CreateSamplingRuleCommand,
  DeleteGroupCommand,
  DeleteSamplingRuleCommand,
  GetTraceSegmentDestinationCommand,
  type GroupSummary,
  paginateGetGroups,
  paginateGetSamplingRules,
  type SamplingRule,
  type TraceSegmentDestination,
  UpdateGroupCommand,
  UpdateSamplingRuleCommand,
  UpdateTraceSegmentDestinationCommand,
  type XRayClient,
} from '@aws-sdk/client-xray'
import { UserError } from '../../contracts/user-error.ts'
import type { Providers, XRayTarget } from '../../settings/providers.ts'
import type { Settings } from '../../settings/read.ts'
import type { Terminal } from '../command-line/terminal.ts'
import { callerIdentity, openXRay } from './client.ts'
import {
  type GroupDefinition,
  type NamedDefinitions,
  nameDefinitions,
  type RuleDefinition,
  readDefinitions,
} from './definitions.ts'

/** One thing that the workspace keeps in X-Ray: its state when it was read, and the operations on it. */
export interface Resource {
  readonly label: string
  readonly exists: boolean
  /** Empty when it does not exist. */
  readonly differences: readonly Difference[]
  create(): Promise<unknown>
  update(): Promise<unknown>
  destroy(): Promise<unknown>
}

/** A field whose value differs from aws/json/. */
export interface Difference {
  readonly field: string
  readonly from: unknown
  readonly to: unknown
}

/** The fields of `wanted` with another value in `found`. Further fields of `found` do not count. */
function differences(wanted: object, found: object): Difference[] {
  const actual = new Map(Object.entries(found))
  return Object.entries(wanted)
    .filter(([field, to]) => actual.get(field) !== to)
    .map(([field, to]) => ({ field, from: actual.get(field), to }))
}

/** `FixedRate: 0.05 → 0.1` */
export function formatDifference({ field, from, to }: Difference): string {
  return `${field}: ${from === undefined ? 'nothing' : JSON.stringify(from)} → ${JSON.stringify(to)}`
}

/** What X-Ray has now. */
interface FoundResources {
  readonly resources: readonly Resource[]
  /** All sampling rules of the account by name: the workspace's, and others'. */
  readonly rules: ReadonlyMap<string, SamplingRule>
}

export interface OpenResources extends FoundResources {
  readonly definitions: NamedDefinitions
  /** Reads again what X-Ray has. */
  look(): Promise<FoundResources>
  readonly client: XRayClient
  /** `AWS account 123456789012, us-east-1`, or the sandbox. */
  readonly where: string
}

/**
 * Reads what X-Ray has, and calls `work` with it. Prints first which account or sandbox this is, so that an account is
 * named before anything is written to it.
 */
export async function withResources<T>(
  settings: Settings,
  { xray }: Pick<Providers, 'xray'>,
  terminal: Terminal,
  work: (open: OpenResources) => Promise<T>,
): Promise<T> {
  const definitions = nameDefinitions(readDefinitions(), settings)
  const client = openXRay(settings, xray)
  const look = async () => {
    const rules = await findSamplingRules(client)
    const resources = [
      ...definitions.rules.map((rule) => samplingRuleResource(client, rule, rules.get(rule.RuleName))),
      await groupResource(client, definitions.group),
      ...(xray.pipeline === 'otlp' && xray.mode === 'local' ? [await transactionSearch(client)] : []),
    ]
    return { rules, resources }
  }
  try {
    const where = await printWhere(settings, xray, terminal)
    return await work({ definitions, ...(await look()), look, client, where })
  } finally {
    client.destroy()
  }
}

async function printWhere(
  settings: Settings,
  { apiEndpoint, region }: XRayTarget,
  terminal: Terminal,
): Promise<string> {
  if (apiEndpoint !== undefined) {
    terminal.line(`The sandbox emulates X-Ray at ${apiEndpoint}`)
    return `the sandbox at ${apiEndpoint}`
  }
  const { account, arn } = await callerIdentity(settings, region)
  terminal.line(['AWS account ', terminal.bold(account), ', region ', terminal.bold(region), `, as ${arn}`])
  return `AWS account ${account}, ${region}`
}

/** All sampling rules of the account, by name. */
export async function findSamplingRules(client: XRayClient): Promise<Map<string, SamplingRule>> {
  const rules = new Map<string, SamplingRule>()
  for await (const { SamplingRuleRecords = [] } of paginateGetSamplingRules({ client }, {})) {
    for (const { SamplingRule: rule } of SamplingRuleRecords) {
      if (rule?.RuleName) rules.set(rule.RuleName, rule)
    }
  }
  return rules
}

function samplingRuleResource(
  client: XRayClient,
  wanted: RuleDefinition,
  found: SamplingRule | undefined,
): Resource {
  const { RuleName, Version: _, ...changeable } = wanted
  const changes = found ? differences(changeable, found) : []
  // Only the fields that differ: another person may have changed the rest on purpose.
  const SamplingRuleUpdate = { RuleName, ...Object.fromEntries(changes.map(({ field, to }) => [field, to])) }
  return {
    label: `sampling rule ${RuleName}`,
    exists: found !== undefined,
    differences: changes,
    create: () => client.send(new CreateSamplingRuleCommand({ SamplingRule: wanted })),
    update: () => client.send(new UpdateSamplingRuleCommand({ SamplingRuleUpdate })),
    destroy: () => client.send(new DeleteSamplingRuleCommand({ RuleName })),
  }
}

async function groupResource(client: XRayClient, wanted: GroupDefinition): Promise<Resource> {
  const { GroupName } = wanted
  const found = await findGroup(client, GroupName)
  return {
    label: `group ${GroupName}`,
    exists: found !== undefined,
    differences: found ? differences(wanted, found) : [],
    create: () => client.send(new CreateGroupCommand(wanted)),
    update: () => client.send(new UpdateGroupCommand(wanted)),
    destroy: () => client.send(new DeleteGroupCommand({ GroupName })),
  }
}

/** The group of this name. */
export async function findGroup(client: XRayClient, name: string): Promise<GroupSummary | undefined> {
  for await (const { Groups = [] } of paginateGetGroups({ client }, {})) {
    const group = Groups.find(({ GroupName }) => GroupName === name)
    if (group) return group
  }
  return undefined
}

/**
 * X-Ray's OTLP endpoint accepts spans only while Transaction Search is on, which stores segments in CloudWatch Logs. In
 * the sandbox it is a resource like the others: switched on, and off again by destroy. In an account it is never
 * switched, because it concerns every user of the account and their costs.
 *
 * Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-OTLPTroubleshooting.html
 */
async function transactionSearch(client: XRayClient): Promise<Resource> {
  const storeIn = (Destination: TraceSegmentDestination) => () =>
    client.send(new UpdateTraceSegmentDestinationCommand({ Destination }))
  return {
    label: 'Transaction Search, for XRAY_PIPELINE=otlp',
    exists: await hasTransactionSearch(client),
    differences: [],
    create: storeIn('CloudWatchLogs'),
    update: storeIn('CloudWatchLogs'),
    destroy: storeIn('XRay'),
  }
}

/**
 * Throws a UserError (TRANSACTION_SEARCH_OFF) when the settings need Transaction Search and the AWS account has it off:
 * only the account's owner may switch it on.
 */
export async function requireTransactionSearch(
  client: XRayClient,
  { mode, pipeline, region }: XRayTarget,
): Promise<void> {
  if (mode !== 'live' || pipeline !== 'otlp' || (await hasTransactionSearch(client))) return
  throw new UserError({
    code: 'TRANSACTION_SEARCH_OFF',
    what: `XRAY_PIPELINE=otlp sends to X-Ray’s OTLP endpoint, which accepts nothing while Transaction Search is off, as it is in ${region} of this account.`,
    fix: 'Switch it on for the whole account (aws/README.md has the commands, and what it costs), or set XRAY_PIPELINE=sdk',
  })
}

async function hasTransactionSearch(client: XRayClient): Promise<boolean> {
  const { Destination } = await client.send(new GetTraceSegmentDestinationCommand({}))
  return Destination === 'CloudWatchLogs'
}
