import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { z } from 'zod'
import { UserError } from '../../contracts/user-error.ts'
import { DEFAULT_SERVICE_NAME, serviceName } from '../../settings/providers.ts'
import type { Settings } from '../../settings/read.ts'

const FOLDER = resolve(import.meta.dirname, '../../aws/json')

/** Strict, because an unknown field would not be compared, and so never changed. */
const groupSchema = z.strictObject({
  GroupName: z.string().regex(/^[A-Za-z0-9-]{1,32}$/, 'must be 1 to 32 letters, digits and dashes'),
  FilterExpression: z.string(),
})

const ruleSchema = z.strictObject({
  SamplingRule: z.strictObject({
    RuleName: z.string().min(1).max(32),
    ResourceARN: z.string().max(500),
    Priority: z.int().min(1).max(9999),
    FixedRate: z.number().min(0).max(1),
    ReservoirSize: z.int().min(0),
    ServiceName: z.string().max(64),
    ServiceType: z.string().max(64),
    Host: z.string().max(64),
    HTTPMethod: z.string().max(10),
    URLPath: z.string().max(128),
    Version: z.literal(1),
  }),
})

/** The input of CreateGroup. */
export type GroupDefinition = z.output<typeof groupSchema>

/** The input of CreateSamplingRule. */
export type RuleDefinition = z.output<typeof ruleSchema>['SamplingRule']

export interface Definitions {
  readonly group: GroupDefinition
  readonly rules: readonly RuleDefinition[]
}

/** Reads `aws/json/`, whose files are also valid input of the AWS CLI. Throws a UserError (AWS_FILE_INVALID). */
export function readDefinitions(folder: string = FOLDER): Definitions {
  return {
    group: readJson(`${folder}/xray-group.json`, groupSchema),
    rules: [
      readJson(`${folder}/xray.json`, ruleSchema).SamplingRule,
      readJson(`${folder}/xray-rollbar.json`, ruleSchema).SamplingRule,
    ],
  }
}

function readJson<Schema extends z.ZodType>(path: string, schema: Schema): z.output<Schema> {
  try {
    return schema.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch (error) {
    const issue = error instanceof z.ZodError ? error.issues[0] : undefined
    const reason = issue ? `${issue.path.join('.')}: ${issue.message}` : String(error)
    throw new UserError(
      { code: 'AWS_FILE_INVALID', what: `${path} cannot be used: ${reason}`, fix: `git diff ${path}` },
      {
        cause: error,
      },
    )
  }
}

/** X-Ray quota for a rule's ServiceName, its wildcard included. */
const MAX_SERVICE_NAME_LENGTH = 64

/** The group's filter in `aws/json/xray-group.json`: failed requests at the node of the service. */
const BY_SERVICE = /^service\("cruddur-backend"\) \{ fault OR error \}$/

export type NamingSettings = Pick<
  Settings,
  'OTEL_SERVICE_NAME' | 'HONEYCOMB_SERVICE_NAME' | 'AWS_XRAY_URL' | 'XRAY_RESOURCE_SUFFIX'
>

export interface NamedDefinitions extends Definitions {
  /** How the definitions differ from the files, and why; a sentence each. */
  readonly notes: readonly string[]
}

/**
 * Replaces the default service name of the files by the service's effective name, and appends XRAY_RESOURCE_SUFFIX.
 * A name or filter that a person has written into the files stays.
 */
export function nameDefinitions({ group, rules }: Definitions, settings: NamingSettings): NamedDefinitions {
  const name = serviceName(settings)
  const notes: string[] = []
  if (name !== DEFAULT_SERVICE_NAME) {
    notes.push(`The service is called "${name}" here, instead of "${DEFAULT_SERVICE_NAME}".`)
  }
  if (name.length >= MAX_SERVICE_NAME_LENGTH) {
    notes.push(`A rule's service name has at most 64 characters: the rules match the first 63 of the name.`)
  }
  if (settings.AWS_XRAY_URL) {
    notes.push(
      'AWS_XRAY_URL gives segments the name of the request’s host, so the group filters on the annotation service_name.',
    )
  }
  const end = settings.XRAY_RESOURCE_SUFFIX ? `-${settings.XRAY_RESOURCE_SUFFIX}` : ''
  const named = nameGroup(group, name, settings.AWS_XRAY_URL !== undefined)
  return {
    // Without the suffix, learners who share an account would overwrite each other's `Cruddur`.
    group: { ...named, GroupName: `${named.GroupName}${end}` },
    rules: rules.map((rule) => ({ ...nameRule(rule, name), RuleName: `${rule.RuleName}${end}` })),
    notes,
  }
}

function nameRule(rule: RuleDefinition, name: string): RuleDefinition {
  if (rule.ServiceName !== `${DEFAULT_SERVICE_NAME}*`) return rule
  return { ...rule, ServiceName: `${name.slice(0, MAX_SERVICE_NAME_LENGTH - 1)}*` }
}

/**
 * With dynamic naming no node in the trace has the service's name, so `service("…")` matches nothing. The backend also
 * writes the name into the annotation `service_name` of every segment.
 *
 * Grammar: https://docs.aws.amazon.com/xray/latest/devguide/xray-console-filters.html
 */
function nameGroup(group: GroupDefinition, name: string, isDynamic: boolean): GroupDefinition {
  const quoted = quote(name)
  if (isDynamic && BY_SERVICE.test(group.FilterExpression)) {
    return {
      ...group,
      FilterExpression: `annotation.service_name = ${quoted} AND (fault = true OR error = true)`,
    }
  }
  return {
    ...group,
    FilterExpression: group.FilterExpression.replaceAll(quote(DEFAULT_SERVICE_NAME), () => quoted),
  }
}

function quote(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`
}
