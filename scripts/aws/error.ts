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

interface Sentence {
  readonly code: string
  readonly message: (action: string, detail: string) => string
  readonly fix: string
}

/** Matched against `error.name`, AWS's code of the error. Each service has its own name for the same cause. */
const SENTENCES: readonly (readonly [RegExp, Sentence])[] = [
  [
    /AccessDenied|NotAuthorized|UnauthorizedOperation/,
    {
      code: 'AWS_ACCESS_DENIED',
      message: (action) => `These AWS credentials may not do ${action}.`,
      fix: 'Give the user or role the policy aws/iam/scripts.json (aws/README.md has the command).',
    },
  ],
  [
    /ExpiredToken|RequestExpired|TokenRefreshRequired/,
    {
      code: 'AWS_TOKEN_EXPIRED',
      message: () => 'These AWS credentials were temporary and have expired.',
      fix: 'Get new ones (aws sso login, or your organisation’s page) and keep all three parts: npm run env -- --save',
    },
  ],
  [
    /UnrecognizedClient|InvalidClientTokenId|InvalidSignature|SignatureDoesNotMatch|IncompleteSignature/,
    {
      code: 'AWS_CREDENTIALS_WRONG',
      message: () => 'AWS does not know these credentials.',
      fix: 'Set both parts anew: npm run env -- AWS_ACCESS_KEY_ID, then npm run env -- AWS_SECRET_ACCESS_KEY',
    },
  ],
  [
    /CredentialsProviderError|TokenProviderError/,
    {
      code: 'AWS_CREDENTIALS_MISSING',
      message: (_, detail) => `No AWS credentials could be loaded (${detail}).`,
      fix: 'npm run env -- AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or aws sso login for AWS_PROFILE',
    },
  ],
  [
    /Throttl|TooManyRequests/,
    {
      code: 'AWS_THROTTLED',
      message: (action) => `AWS throttled ${action} several times.`,
      fix: 'Wait a minute and run it again: finished steps are not repeated.',
    },
  ],
  [
    /RuleLimitExceeded/,
    {
      code: 'AWS_RULE_LIMIT',
      message: () => 'This account and region have as many sampling rules as X-Ray allows (25).',
      fix: 'Delete one that is no longer needed: aws xray get-sampling-rules lists them',
    },
  ],
]

/**
 * Runs one call to AWS. An error that a person can fix becomes a UserError that names the IAM action
 * (`xray:GetGroups`); any other error is thrown unchanged. The SDK retries first where that helps.
 */
export async function call<T>(action: string, context: CallContext, send: () => Promise<T>): Promise<T> {
  try {
    return await send()
  } catch (error) {
    throw describe(error, action, context)
  }
}

function describe(error: unknown, action: string, context: CallContext): unknown {
  if (!(error instanceof Error)) return error
  const code = networkCode(error)
  if (code) return unreachable(code, context, error)
  const sentence = SENTENCES.find(([name]) => name.test(error.name))?.[1]
  const detail = error.message.split('\n')[0] ?? ''
  if (sentence) {
    return new UserError(
      { code: sentence.code, what: sentence.message(action, detail), fix: sentence.fix },
      { cause: error },
    )
  }
  if (!('$metadata' in error)) return error
  const { httpStatusCode: status = 0 } = (error as { $metadata: { httpStatusCode?: number } }).$metadata
  if (status >= 500) {
    return new UserError(
      {
        code: 'AWS_UNAVAILABLE',
        what: `${action} failed inside AWS (${status}).`,
        fix: 'Wait a minute and run it again: finished steps are not repeated. https://health.aws.amazon.com',
      },
      { cause: error },
    )
  }
  return new UserError(
    {
      code: 'AWS_REFUSED',
      what: `AWS rejected ${action}: ${error.name}${detail ? `, ${detail}` : ''}`,
      fix: 'Compare aws/json/ with what the account has: npm run aws -- --dry-run',
    },
    { cause: error },
  )
}

/** A host name with several addresses fails with an AggregateError, whose code is in the errors that it contains. */
function networkCode(error: Error): string | undefined {
  const { code } = error as NodeJS.ErrnoException
  const inner = error instanceof AggregateError ? (error.errors[0] as NodeJS.ErrnoException)?.code : undefined
  return [code, inner, error.name].find((found) => found !== undefined && NETWORK_CODES.has(found))
}

function unreachable(code: string, { isLocal, where }: CallContext, cause: Error): UserError {
  return isLocal
    ? new UserError(
        {
          code: 'SANDBOX_DOWN',
          what: `The sandbox is not running: ${where} does not answer (${code}).`,
          fix: 'npm run setup',
        },
        { cause },
      )
    : new UserError(
        {
          code: 'AWS_UNREACHABLE',
          what: `AWS could not be reached in ${where} (${code}).`,
          fix: 'Look at the network, and whether AWS_REGION is a region: npm run env. Behind a proxy: NODE_USE_ENV_PROXY=1',
        },
        { cause },
      )
}
