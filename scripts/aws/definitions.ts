import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { z } from 'zod'
import { shellWord } from '../../contracts/shell-word.ts'
import { UserError } from '../../contracts/user-error.ts'
import { DEFAULT_SERVICE_NAME, serviceName } from '../../settings/providers.ts'
import type { Settings } from '../../settings/read.ts'

const FOLDER = resolve(import.meta.dirname, '../../aws/json')

/** Strict: `npm run aws` compares and updates only these fields, so that any other field would have no effect. */
const groupSchema = z.strictObject({
  GroupName: z.string().regex(/^[A-Za-z0-9-]{1,32}$/, 'must be 1 to 32 letters, digits and dashes'),
  FilterExpression: z.string(),
})

/** A likely mistake is a percentage. */
const A_SHARE = 'is a share from 0 to 1, as 0.5 for 50 %'

const ruleSchema = z.strictObject({
  SamplingRule: z.strictObject({
    RuleName: z.string().min(1).max(32),
    ResourceARN: z.string().max(500),
    Priority: z.int().min(1).max(9999),
    FixedRate: z.number().min(0, A_SHARE).max(1, A_SHARE),
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
    const what = `${path} cannot be used: ${reason}`
    throw new UserError(
      { code: 'AWS_FILE_INVALID', what, fix: `git diff ${shellWord(path)}` },
      { cause: error },
    )
  }
}

/** The group's filter and the rules' service name in `aws/json/`. A person may have written others. */
const DEFAULT_FILTER = `service("${DEFAULT_SERVICE_NAME}") { fault OR error }`
const DEFAULT_PATTERN = `${DEFAULT_SERVICE_NAME}*`

export type NamingSettings = Pick<
  Settings,
  'OTEL_SERVICE_NAME' | 'HONEYCOMB_SERVICE_NAME' | 'AWS_XRAY_URL' | 'XRAY_RESOURCE_SUFFIX'
>

export interface NamedDefinitions extends Definitions {
  /** Sentences for the person: how the definitions differ from the files, and why. */
  readonly notes: readonly string[]
}

/**
 * Replaces the default service name of the files by the service's effective name, and appends XRAY_RESOURCE_SUFFIX.
 * A service name or filter other than the default, which a person has written into the files, is not replaced.
 *
 * Names need no escaping in a filter and no shortening in a rule: a setting accepts neither quotes nor backslashes, and at
 * most 60 characters. Grammar: https://docs.aws.amazon.com/xray/latest/devguide/xray-console-filters.html
 */
export function nameDefinitions({ group, rules }: Definitions, settings: NamingSettings): NamedDefinitions {
  const name = serviceName(settings)
  const end = settings.XRAY_RESOURCE_SUFFIX ? `-${settings.XRAY_RESOURCE_SUFFIX}` : ''
  const { FilterExpression } = group
  return {
    // Without the suffix, learners who share an account would overwrite each other's `Cruddur`.
    group: {
      GroupName: `${group.GroupName}${end}`,
      FilterExpression:
        settings.AWS_XRAY_URL && FilterExpression === DEFAULT_FILTER
          ? `annotation.service_name = "${name}" AND (fault = true OR error = true)`
          : FilterExpression.replaceAll(`"${DEFAULT_SERVICE_NAME}"`, `"${name}"`),
    },
    rules: rules.map((rule) => ({
      ...rule,
      RuleName: `${rule.RuleName}${end}`,
      ServiceName: rule.ServiceName === DEFAULT_PATTERN ? `${name}*` : rule.ServiceName,
    })),
    notes: [
      ...(name === DEFAULT_SERVICE_NAME
        ? []
        : [`The service is called "${name}" here, instead of "${DEFAULT_SERVICE_NAME}".`]),
      // The backend also writes its name into the annotation of every segment.
      ...(settings.AWS_XRAY_URL
        ? [
            'AWS_XRAY_URL gives segments the name of the request’s host, so the group filters on the annotation service_name.',
          ]
        : []),
    ],
  }
}
