import {
  CreateSamplingRuleCommand,
  DeleteSamplingRuleCommand,
  paginateGetSamplingRules,
  type SamplingRule,
  UpdateSamplingRuleCommand,
} from '@aws-sdk/client-xray'
import type { XRayApi } from './client.ts'
import type { RuleDefinition } from './definitions.ts'
import { differences } from './difference.ts'
import { call } from './error.ts'
import type { Resource } from './resource.ts'

/** The account's own rules, by their names. */
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

/** One of X-Ray's sampling rules as a resource that can be compared and changed. */
export function samplingRuleResource(
  { client, context }: XRayApi,
  wanted: RuleDefinition,
  found: SamplingRule | undefined,
): Resource {
  const { RuleName, Version: _, ...changeable } = wanted
  const changes = found ? differences(changeable, found) : []
  return {
    label: `sampling rule ${RuleName}`,
    exists: found !== undefined,
    differences: changes,
    create: async () => {
      await call('xray:CreateSamplingRule', context, () =>
        client.send(new CreateSamplingRuleCommand({ SamplingRule: wanted })),
      )
    },
    update: async () => {
      // Only what differs: the rest of the rule may have been changed by somebody for a reason.
      const update = Object.fromEntries(changes.map(({ field, to }) => [field, to]))
      await call('xray:UpdateSamplingRule', context, () =>
        client.send(new UpdateSamplingRuleCommand({ SamplingRuleUpdate: { RuleName, ...update } })),
      )
    },
    destroy: async () => {
      await call('xray:DeleteSamplingRule', context, () =>
        client.send(new DeleteSamplingRuleCommand({ RuleName })),
      )
    },
  }
}
