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
  TraceSegmentDestination,
  UpdateGroupCommand,
  UpdateSamplingRuleCommand,
  UpdateTraceSegmentDestinationCommand,
} from '@aws-sdk/client-xray'
import { UserError } from '../../contracts/user-error.ts'
import type { Providers, XRayTarget } from '../../settings/providers.ts'
import type { Settings } from '../../settings/read.ts'
import type { Terminal } from '../command-line/terminal.ts'
import { callerIdentity, openXRay, type XRayApi } from './client.ts'
import {
  type GroupDefinition,
  type NamedDefinitions,
  nameDefinitions,
  type RuleDefinition,
  readDefinitions,
} from './definitions.ts'
import { call } from './error.ts'

const { CloudWatchLogs, XRay } = TraceSegmentDestination

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

/** A field whose value is not the wanted one. */
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
export interface FoundResources {
  readonly resources: readonly Resource[]
  /** All sampling rules of the account by name: the workspace's, and others'. */
  readonly rules: ReadonlyMap<string, SamplingRule>
}

export interface OpenResources extends FoundResources {
  readonly definitions: NamedDefinitions
  /** Reads again what X-Ray has. */
  look(): Promise<FoundResources>
  readonly api: XRayApi
  /** `AWS account 123456789012, us-east-1`, or the sandbox. */
  readonly where: string
  /** Throws a UserError when the account lacks something that the settings need and only its owner may change. */
  checkAccount(): Promise<void>
}

/**
 * Reads what X-Ray has, and calls `work` with it. Prints first which account or sandbox this is, so that an account is
 * named before anything is written to it.
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
    const where = await printWhere(settings, providers.xray, terminal)
    const isOtlp = providers.xray.pipeline === 'otlp'
    const look = async () => {
      const rules = await findSamplingRules(api)
      const resources = [
        ...definitions.rules.map((rule) => samplingRuleResource(api, rule, rules.get(rule.RuleName))),
        await groupResource(api, definitions.group),
        ...(isOtlp && api.context.isLocal ? [await destinationResource(api)] : []),
      ]
      return { rules, resources }
    }
    const checkAccount = async () => {
      if (isOtlp && !api.context.isLocal) await requireTransactionSearch(api)
    }
    return await work({ definitions, ...(await look()), look, api, where, checkAccount })
  } finally {
    api.client.destroy()
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
  terminal.line(`AWS account ${terminal.bold(account)}, region ${terminal.bold(region)}, as ${arn}`)
  return `AWS account ${account}, ${region}`
}

/** All sampling rules of the account, by name. */
export function findSamplingRules({ client, context }: XRayApi): Promise<Map<string, SamplingRule>> {
  return call('xray:GetSamplingRules', context, async () => {
    const rules = new Map<string, SamplingRule>()
    for await (const { SamplingRuleRecords } of paginateGetSamplingRules({ client }, {})) {
      for (const { SamplingRule: rule } of SamplingRuleRecords ?? []) {
        if (rule?.RuleName) rules.set(rule.RuleName, rule)
      }
    }
    return rules
  })
}

function samplingRuleResource(
  { client, context }: XRayApi,
  wanted: RuleDefinition,
  found: SamplingRule | undefined,
): Resource {
  const { RuleName, Version: _, ...changeable } = wanted
  const changes = found ? differences(changeable, found) : []
  // Only the fields that differ: another person may have changed the rest on purpose.
  const update = Object.fromEntries(changes.map(({ field, to }) => [field, to]))
  return {
    label: `sampling rule ${RuleName}`,
    exists: found !== undefined,
    differences: changes,
    create: () =>
      call('xray:CreateSamplingRule', context, () =>
        client.send(new CreateSamplingRuleCommand({ SamplingRule: wanted })),
      ),
    update: () =>
      call('xray:UpdateSamplingRule', context, () =>
        client.send(new UpdateSamplingRuleCommand({ SamplingRuleUpdate: { RuleName, ...update } })),
      ),
    destroy: () =>
      call('xray:DeleteSamplingRule', context, () =>
        client.send(new DeleteSamplingRuleCommand({ RuleName })),
      ),
  }
}

async function groupResource({ client, context }: XRayApi, wanted: GroupDefinition): Promise<Resource> {
  const { GroupName } = wanted
  const found = await findGroup({ client, context }, GroupName)
  return {
    label: `group ${GroupName}`,
    exists: found !== undefined,
    differences: found ? differences(wanted, found) : [],
    create: () => call('xray:CreateGroup', context, () => client.send(new CreateGroupCommand(wanted))),
    update: () => call('xray:UpdateGroup', context, () => client.send(new UpdateGroupCommand(wanted))),
    destroy: () =>
      call('xray:DeleteGroup', context, () => client.send(new DeleteGroupCommand({ GroupName }))),
  }
}

/** The group of this name. */
export function findGroup({ client, context }: XRayApi, name: string): Promise<GroupSummary | undefined> {
  return call('xray:GetGroups', context, async () => {
    for await (const { Groups } of paginateGetGroups({ client }, {})) {
      const group = Groups?.find(({ GroupName }) => GroupName === name)
      if (group) return group
    }
    return undefined
  })
}

/**
 * X-Ray's OTLP endpoint accepts spans only while Transaction Search is on, which stores segments in CloudWatch Logs. In
 * the sandbox it is a resource like the others: switched on, and off again by destroy. In an account it is never
 * switched, because it concerns every user of the account and their costs.
 *
 * Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-OTLPTroubleshooting.html
 */
async function destinationResource(api: XRayApi): Promise<Resource> {
  const point = (to: TraceSegmentDestination) => () =>
    call('xray:UpdateTraceSegmentDestination', api.context, () =>
      api.client.send(new UpdateTraceSegmentDestinationCommand({ Destination: to })),
    )
  return {
    label: 'Transaction Search, for XRAY_PIPELINE=otlp',
    exists: await isOn(api),
    differences: [],
    create: point(CloudWatchLogs),
    update: point(CloudWatchLogs),
    destroy: point(XRay),
  }
}

/** Throws a UserError (TRANSACTION_SEARCH_OFF). */
async function requireTransactionSearch(api: XRayApi): Promise<void> {
  if (await isOn(api)) return
  throw new UserError({
    code: 'TRANSACTION_SEARCH_OFF',
    what: `XRAY_PIPELINE=otlp sends to X-Ray’s OTLP endpoint, which accepts nothing while Transaction Search is off, as it is in ${api.context.where} of this account.`,
    fix: 'Switch it on for the whole account (aws/README.md has the commands, and what it costs), or set XRAY_PIPELINE=sdk',
  })
}

async function isOn({ client, context }: XRayApi): Promise<boolean> {
  const { Destination } = await call('xray:GetTraceSegmentDestination', context, () =>
    client.send(new GetTraceSegmentDestinationCommand({})),
  )
  return Destination === CloudWatchLogs
}
