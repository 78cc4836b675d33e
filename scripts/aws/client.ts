import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { XRayClient } from '@aws-sdk/client-xray'
import type { Diagnosis } from '../../contracts/diagnosis.ts'
import { UserError } from '../../contracts/user-error.ts'
import { SANDBOX_KEY, type XRayTarget } from '../../settings/providers.ts'
import type { Settings } from '../../settings/read.ts'

/**
 * ms. A firewall that drops packets, or a suspended sandbox, would otherwise keep a command waiting for good: without
 * `throwOnRequestTimeout` the SDK prints a warning and waits on.
 *
 * Source: HttpHandlerInitialization of @smithy/types
 */
const REQUEST_HANDLER = { connectionTimeout: 5_000, requestTimeout: 15_000, throwOnRequestTimeout: true }
/** Of calls to the sandbox, which is on this machine. */
const SANDBOX_ATTEMPTS = 2

export type AwsSettings = Pick<
  Settings,
  'AWS_ACCESS_KEY_ID' | 'AWS_SECRET_ACCESS_KEY' | 'AWS_SESSION_TOKEN' | 'AWS_PROFILE'
>

/** AWS's region, or the sandbox's address. */
type Place = Pick<XRayTarget, 'region' | 'apiEndpoint'>

/**
 * A client of X-Ray's API: AWS with the person's credentials, or the sandbox with worthless ones. A failed call that a
 * person can fix throws a UserError that names the IAM action (`xray:GetGroups`); any other error is the SDK's own.
 */
export function openXRay(settings: AwsSettings, { region, apiEndpoint }: Place): XRayClient {
  const sandbox = { accessKeyId: SANDBOX_KEY, secretAccessKey: SANDBOX_KEY }
  const client = new XRayClient(
    apiEndpoint === undefined
      ? liveOptions(settings, region)
      : {
          region,
          endpoint: apiEndpoint,
          credentials: sandbox,
          requestHandler: REQUEST_HANDLER,
          maxAttempts: SANDBOX_ATTEMPTS,
        },
  )
  client.middlewareStack.add(diagnosing('xray', { region, apiEndpoint }), OUTERMOST)
  return client
}

export interface AwsIdentity {
  /** 12 digits. */
  readonly account: string
  /** The user or role that the credentials belong to. */
  readonly arn: string
}

/** The account and user of the credentials. The call needs no permission. Throws a UserError as {@link openXRay} does. */
export async function callerIdentity(settings: AwsSettings, region: string): Promise<AwsIdentity> {
  const client = new STSClient(liveOptions(settings, region))
  client.middlewareStack.add(diagnosing('sts', { region, apiEndpoint: undefined }), OUTERMOST)
  try {
    const { Account = 'unknown', Arn = 'unknown' } = await client.send(new GetCallerIdentityCommand({}))
    return { account: Account, arn: Arn }
  } finally {
    client.destroy()
  }
}

/**
 * The credentials are passed explicitly because they may be in `.env`, which the SDK does not read. Keys win over a
 * profile, as they do in the daemon. With neither, the SDK uses the credentials of the container or role.
 */
function liveOptions(settings: AwsSettings, region: string) {
  const {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
    AWS_PROFILE: profile,
  } = settings
  const options = { region, requestHandler: REQUEST_HANDLER }
  if (accessKeyId && secretAccessKey) {
    const credentials = { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) }
    return { ...options, credentials }
  }
  return profile ? { ...options, profile } : options
}

/** Before all other middleware, so that a diagnosed error comes after the SDK's last retry. */
const OUTERMOST = { step: 'initialize', priority: 'high' } as const

/** Middleware that throws a UserError in place of an error that a person can fix. */
function diagnosing(service: 'xray' | 'sts', place: Place) {
  return <Args, Result>(
    next: (args: Args) => Promise<Result>,
    { commandName = '' }: { commandName?: string },
  ) =>
    async (args: Args): Promise<Result> => {
      try {
        return await next(args)
      } catch (error) {
        const action = `${service}:${commandName.replace(/Command$/, '')}`
        const diagnosis = error instanceof Error && diagnose(error, action, place)
        throw diagnosis ? new UserError(diagnosis, { cause: error }) : error
      }
    }
}

const RUN_AGAIN = 'Wait a minute and run it again: finished steps are not repeated.'

function diagnose(error: Error, action: string, place: Place): Diagnosis | undefined {
  const code = networkCode(error)
  if (code) return unreachable(code, place)
  const detail = error.message.split('\n')[0] ?? ''
  const known = knownErrors(action, detail).find(({ name }) => name.test(error.name))
  if (known) return { code: known.code, what: known.what, fix: known.fix }
  if (!('$metadata' in error)) return undefined
  const { httpStatusCode: status = 0 } = error.$metadata as { httpStatusCode?: number }
  return status >= 500
    ? {
        code: 'AWS_UNAVAILABLE',
        what: `${action} failed inside AWS (${status}).`,
        fix: `${RUN_AGAIN} https://health.aws.amazon.com`,
      }
    : {
        code: 'AWS_REFUSED',
        what: `AWS rejected ${action}: ${error.name}${detail ? `, ${detail}` : ''}`,
        fix: 'Compare aws/json/ with what the account has: npm run aws -- --dry-run',
      }
}

/** `name` matches `error.name`, which is AWS's code of the error. Each AWS service has its own code for the same cause. */
function knownErrors(action: string, detail: string) {
  return [
    {
      name: /AccessDenied|NotAuthorized|UnauthorizedOperation/,
      code: 'AWS_ACCESS_DENIED',
      what: `These AWS credentials may not do ${action}.`,
      fix: 'Give the user or role the policy aws/iam/scripts.json (aws/README.md has the command).',
    },
    {
      name: /ExpiredToken|RequestExpired|TokenRefreshRequired/,
      code: 'AWS_TOKEN_EXPIRED',
      what: 'These AWS credentials were temporary and have expired.',
      fix: 'Get new ones (aws sso login, or your organisation’s page) and keep all three parts: npm run env -- --save',
    },
    {
      name: /UnrecognizedClient|InvalidClientTokenId|InvalidSignature|SignatureDoesNotMatch|IncompleteSignature/,
      code: 'AWS_CREDENTIALS_WRONG',
      what: 'AWS does not know these credentials.',
      fix: 'Set both parts again: npm run env -- AWS_ACCESS_KEY_ID, then npm run env -- AWS_SECRET_ACCESS_KEY',
    },
    {
      name: /CredentialsProviderError|TokenProviderError/,
      code: 'AWS_CREDENTIALS_MISSING',
      what: `No AWS credentials could be loaded (${detail}).`,
      fix: 'npm run env -- AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or aws sso login for AWS_PROFILE',
    },
    {
      name: /Throttl|TooManyRequests/,
      code: 'AWS_THROTTLED',
      what: `AWS throttled ${action} several times.`,
      fix: RUN_AGAIN,
    },
    {
      name: /RuleLimitExceeded/,
      code: 'AWS_RULE_LIMIT',
      what: 'This account and region have as many sampling rules as X-Ray allows (25).',
      fix: 'Delete one that is no longer needed: aws xray get-sampling-rules lists them',
    },
  ]
}

const NETWORK_CODE =
  /^(ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|TimeoutError)$/

/** A host name with several addresses fails with an AggregateError, whose code is in the errors that it contains. */
function networkCode(error: NodeJS.ErrnoException): string | undefined {
  const inner = error instanceof AggregateError ? (error.errors[0] as NodeJS.ErrnoException)?.code : undefined
  return [error.code, inner, error.name].find((code) => code !== undefined && NETWORK_CODE.test(code))
}

function unreachable(code: string, { region, apiEndpoint }: Place): Diagnosis {
  return apiEndpoint === undefined
    ? {
        code: 'AWS_UNREACHABLE',
        what: `AWS could not be reached in ${region} (${code}).`,
        fix: 'Look at the network, and whether AWS_REGION is a region: npm run env. Behind a proxy: NODE_USE_ENV_PROXY=1',
      }
    : {
        code: 'SANDBOX_DOWN',
        what: `The sandbox is not running: ${apiEndpoint} does not answer (${code}).`,
        fix: 'npm run setup',
      }
}
