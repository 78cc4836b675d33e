import { z } from 'zod'
import type { Route } from '../http/router.ts'
import type { SamplingRuleRow } from '../store/sampling.ts'
import type { Store } from '../store/store.ts'
import { INTEGER, NO_TOKEN, operation } from './operation.ts'
import { putTags, TAG_LIST } from './tags.ts'
import { invalidRequest, XRayError } from './xray-error.ts'

const MAX_CUSTOM_RULES = 25 // X-Ray quota
const DEFAULT_RULE = 'Default'
const DEFAULT_RULE_PRIORITY = 10_000

const fields = {
  ResourceARN: z.string().min(1).max(500),
  Priority: INTEGER.min(1).max(9999),
  FixedRate: z.number().min(0).max(1),
  ReservoirSize: INTEGER.min(0),
  ServiceName: z.string().min(1).max(64),
  ServiceType: z.string().min(1).max(64),
  Host: z.string().min(1).max(64),
  HTTPMethod: z.string().min(1).max(10),
  URLPath: z.string().min(1).max(128),
}
const attribute = z.string().min(1).max(32)
const attributes = z
  .record(attribute, attribute)
  .refine((map) => Object.keys(map).length <= 5, 'at most 5 attributes')
const boost = z.object({
  MaxRate: z.number().min(0).max(1),
  CooldownWindowMinutes: INTEGER.min(0),
})
export const RULE_NAME = z.string().min(1).max(32)
const ONE_OF_BOTH = 'Specify a rule by either name or ARN, but not both'

const RULE = z.object({
  RuleName: RULE_NAME,
  ...fields,
  Version: z.literal(1, { error: 'must be 1' }),
  Attributes: attributes.default({}),
  SamplingRateBoost: boost.optional(),
})

/** A new rule gets its ARN from X-Ray. */
const NEW = RULE.extend({ RuleARN: z.never({ error: ONE_OF_BOTH }).optional() })

const UPDATE = z
  .object({ ...fields, Attributes: attributes, SamplingRateBoost: boost })
  .partial()
  .extend({ RuleName: RULE_NAME.optional(), RuleARN: z.string().optional() })

const STORED = RULE.extend({ Priority: z.number() })
export type SamplingRule = z.output<typeof STORED>

const ANY = { ResourceARN: '*', ServiceName: '*', ServiceType: '*', Host: '*', HTTPMethod: '*', URLPath: '*' }
const THE_DEFAULT: SamplingRule = {
  RuleName: DEFAULT_RULE,
  ...ANY,
  Priority: DEFAULT_RULE_PRIORITY,
  FixedRate: 0.05,
  ReservoirSize: 1,
  Version: 1,
  Attributes: {},
}

/** Creates the Default rule, which each account has and which cannot be deleted. */
export async function ensureDefaultRule(store: Store, arnPrefix: string): Promise<void> {
  if (store.sampling.find(DEFAULT_RULE)) return
  await store.write(() => store.sampling.put(rowOf(THE_DEFAULT, arnPrefix, Date.now() / 1000)))
}

/** CreateSamplingRule, UpdateSamplingRule, DeleteSamplingRule and GetSamplingRules. */
export function samplingRuleRoutes(store: Store, arnPrefix: string): Route[] {
  const key = z.object({ RuleName: z.string().optional(), RuleARN: z.string().optional() })
  return [
    operation('/CreateSamplingRule', z.object({ SamplingRule: NEW, Tags: TAG_LIST.optional() }), (input) =>
      store.write(() => {
        const { RuleARN: _arn, ...rule } = input.SamplingRule
        if (store.sampling.find(rule.RuleName)) {
          throw invalidRequest(`Sampling rule with the name ${rule.RuleName} already exists`)
        }
        const rows = store.sampling.rules()
        if (rows.length - 1 >= MAX_CUSTOM_RULES) {
          throw new XRayError(
            'RuleLimitExceededException',
            `The limit of ${MAX_CUSTOM_RULES} sampling rules is reached`,
          )
        }
        const row = rowOf(rule, arnPrefix, Date.now() / 1000)
        store.sampling.put(row)
        putTags(store, row.arn, input.Tags)
        return { SamplingRuleRecord: recordOf(row) }
      }),
    ),

    operation('/UpdateSamplingRule', z.object({ SamplingRuleUpdate: UPDATE }), ({ SamplingRuleUpdate }) =>
      store.write(() => {
        const { RuleName: _name, RuleARN: _arn, ...changes } = SamplingRuleUpdate
        const row = find(SamplingRuleUpdate)
        const rule = ruleOf(row)
        if (row.name === DEFAULT_RULE && changesMoreThanRate(rule, changes)) {
          throw invalidRequest('Invalid update request for default sampling rule')
        }
        const changed = {
          ...row,
          rule: JSON.stringify({ ...rule, ...changes }),
          modifiedS: Date.now() / 1000,
        }
        store.sampling.put(changed)
        return { SamplingRuleRecord: recordOf(changed) }
      }),
    ),

    operation('/DeleteSamplingRule', key, (input) =>
      store.write(() => {
        const row = find(input)
        if (row.name === DEFAULT_RULE) throw invalidRequest('The default sampling rule cannot be deleted')
        store.sampling.remove(row.name, Date.now() / 1000)
        store.groups.untagAll(row.arn)
        return { SamplingRuleRecord: recordOf(row) }
      }),
    ),

    operation('/GetSamplingRules', z.object({ NextToken: NO_TOKEN }), () => ({
      SamplingRuleRecords: store.sampling
        .rules()
        .map(recordOf)
        .toSorted((a, b) => byPriority(a.SamplingRule, b.SamplingRule)),
    })),
  ]

  function find({ RuleName: name, RuleARN: arn }: z.output<typeof key>): SamplingRuleRow {
    if (arn && name) throw invalidRequest(ONE_OF_BOTH)
    const wanted = arn ?? name
    if (!wanted) throw invalidRequest('Either RuleName or RuleARN is required')
    const row = store.sampling.find(wanted)
    if (!row) throw invalidRequest(`Sampling rule ${wanted} does not exist`)
    return row
  }
}

/** The rule in a row. */
export function ruleOf(row: SamplingRuleRow): SamplingRule {
  return STORED.parse(JSON.parse(row.rule))
}

/** The console sends the whole rule, so fields with their present value are no change. */
function changesMoreThanRate(rule: SamplingRule, changes: Readonly<Record<string, unknown>>): boolean {
  return Object.entries(changes).some(
    ([name, value]) =>
      !['FixedRate', 'ReservoirSize'].includes(name) &&
      JSON.stringify(value) !== JSON.stringify(rule[name as keyof SamplingRule]),
  )
}

function rowOf(rule: SamplingRule, arnPrefix: string, nowS: number): SamplingRuleRow {
  return {
    name: rule.RuleName,
    arn: `${arnPrefix}:sampling-rule/${rule.RuleName}`,
    rule: JSON.stringify(rule),
    createdS: nowS,
    modifiedS: nowS,
  }
}

function recordOf(row: SamplingRuleRow) {
  return {
    SamplingRule: { ...ruleOf(row), RuleARN: row.arn },
    CreatedAt: row.createdS,
    ModifiedAt: row.modifiedS,
  }
}

/** Orders rules as X-Ray evaluates them. */
export function byPriority(a: SamplingRule, b: SamplingRule): number {
  return a.Priority - b.Priority || (a.RuleName < b.RuleName ? -1 : 1)
}
