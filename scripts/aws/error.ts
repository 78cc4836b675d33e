import type { Diagnosis } from '../../contracts/diagnosis.ts'
import { UserError } from '../../contracts/user-error.ts'

/** Where the calls go to, for the text of an error. */
export interface CallContext {
  readonly isLocal: boolean
  /** Base address of the sandbox, or the region. */
  readonly where: string
}

const NETWORK_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
  'TimeoutError',
])

const RUN_AGAIN = 'Wait a minute and run it again: finished steps are not repeated.'

/**
 * Runs one call to AWS. An error that a person can fix becomes a UserError that names the IAM action
 * (`xray:GetGroups`); any other error is thrown unchanged. The SDK retries first where that helps.
 */
export async function call<T>(action: string, context: CallContext, send: () => Promise<T>): Promise<T> {
  try {
    return await send()
  } catch (error) {
    const diagnosis = error instanceof Error && diagnose(error, action, context)
    throw diagnosis ? new UserError(diagnosis, { cause: error }) : error
  }
}

function diagnose(error: Error, action: string, context: CallContext): Diagnosis | undefined {
  const code = networkCode(error)
  if (code) return unreachable(code, context)
  const detail = error.message.split('\n')[0] ?? ''
  const known = knownErrors(action, detail).find(([name]) => name.test(error.name))?.[1]
  if (known || !('$metadata' in error)) return known
  const { httpStatusCode: status = 0 } = (error as { $metadata: { httpStatusCode?: number } }).$metadata
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

/** Matched against `error.name`, AWS's code of the error. Each service has its own name for the same cause. */
function knownErrors(action: string, detail: string): readonly (readonly [RegExp, Diagnosis])[] {
  return [
    [
      /AccessDenied|NotAuthorized|UnauthorizedOperation/,
      {
        code: 'AWS_ACCESS_DENIED',
        what: `These AWS credentials may not do ${action}.`,
        fix: 'Give the user or role the policy aws/iam/scripts.json (aws/README.md has the command).',
      },
    ],
    [
      /ExpiredToken|RequestExpired|TokenRefreshRequired/,
      {
        code: 'AWS_TOKEN_EXPIRED',
        what: 'These AWS credentials were temporary and have expired.',
        fix: 'Get new ones (aws sso login, or your organisation’s page) and keep all three parts: npm run env -- --save',
      },
    ],
    [
      /UnrecognizedClient|InvalidClientTokenId|InvalidSignature|SignatureDoesNotMatch|IncompleteSignature/,
      {
        code: 'AWS_CREDENTIALS_WRONG',
        what: 'AWS does not know these credentials.',
        fix: 'Set both parts again: npm run env -- AWS_ACCESS_KEY_ID, then npm run env -- AWS_SECRET_ACCESS_KEY',
      },
    ],
    [
      /CredentialsProviderError|TokenProviderError/,
      {
        code: 'AWS_CREDENTIALS_MISSING',
        what: `No AWS credentials could be loaded (${detail}).`,
        fix: 'npm run env -- AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or aws sso login for AWS_PROFILE',
      },
    ],
    [
      /Throttl|TooManyRequests/,
      { code: 'AWS_THROTTLED', what: `AWS throttled ${action} several times.`, fix: RUN_AGAIN },
    ],
    [
      /RuleLimitExceeded/,
      {
        code: 'AWS_RULE_LIMIT',
        what: 'This account and region have as many sampling rules as X-Ray allows (25).',
        fix: 'Delete one that is no longer needed: aws xray get-sampling-rules lists them',
      },
    ],
  ]
}

/** A host name with several addresses fails with an AggregateError, whose code is in the errors that it contains. */
function networkCode(error: Error): string | undefined {
  const { code } = error as NodeJS.ErrnoException
  const inner = error instanceof AggregateError ? (error.errors[0] as NodeJS.ErrnoException)?.code : undefined
  return [code, inner, error.name].find((found) => found !== undefined && NETWORK_CODES.has(found))
}

function unreachable(code: string, { isLocal, where }: CallContext): Diagnosis {
  return isLocal
    ? {
        code: 'SANDBOX_DOWN',
        what: `The sandbox is not running: ${where} does not answer (${code}).`,
        fix: 'npm run setup',
      }
    : {
        code: 'AWS_UNREACHABLE',
        what: `AWS could not be reached in ${where} (${code}).`,
        fix: 'Look at the network, and whether AWS_REGION is a region: npm run env. Behind a proxy: NODE_USE_ENV_PROXY=1',
      }
}
