import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { z } from 'zod'
import { UserError } from '../../contracts/user-error.ts'

const FOLDER = resolve(import.meta.dirname, '../../aws/json')

/** Strict: a field that is not compared would be a field that is silently never changed. */
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

/** What CreateGroup takes. */
export type GroupDefinition = z.output<typeof groupSchema>

/** What CreateSamplingRule takes. */
export type RuleDefinition = z.output<typeof ruleSchema>['SamplingRule']

export interface Definitions {
  readonly group: GroupDefinition
  readonly rules: readonly RuleDefinition[]
}

/** Reads `aws/json/`, which the AWS CLI takes as it is. Throws a UserError where X-Ray would refuse what is there. */
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
