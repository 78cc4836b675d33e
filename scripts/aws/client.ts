import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { XRayClient } from '@aws-sdk/client-xray'
import { SANDBOX_KEY, type XRayTarget } from '../../settings/providers.ts'
import type { Settings } from '../../settings/read.ts'
import { type CallContext, call } from './error.ts'

/** ms. A firewall that drops packets would otherwise keep a command waiting for minutes. */
const REQUEST_HANDLER = { connectionTimeout: 5_000, requestTimeout: 15_000 }

export type AwsSettings = Pick<
  Settings,
  'AWS_ACCESS_KEY_ID' | 'AWS_SECRET_ACCESS_KEY' | 'AWS_SESSION_TOKEN' | 'AWS_PROFILE'
>

export interface XRayApi {
  readonly client: XRayClient
  readonly context: CallContext
}

/** A client of X-Ray's API: AWS with the person's credentials, or the sandbox with worthless ones. */
export function openXRay(settings: AwsSettings, target: XRayTarget): XRayApi {
  const { region, apiEndpoint } = target
  if (apiEndpoint === undefined) {
    return {
      client: new XRayClient({ ...liveOptions(settings, region) }),
      context: { isLocal: false, where: region },
    }
  }
  const credentials = { accessKeyId: SANDBOX_KEY, secretAccessKey: SANDBOX_KEY }
  return {
    client: new XRayClient({ region, endpoint: apiEndpoint, credentials, requestHandler: REQUEST_HANDLER }),
    context: { isLocal: true, where: apiEndpoint },
  }
}

export interface AwsIdentity {
  /** 12 digits. */
  readonly account: string
  /** The user or role that the credentials belong to. */
  readonly arn: string
}

/** The account and user of the credentials. The call needs no permission. */
export async function callerIdentity(settings: AwsSettings, region: string): Promise<AwsIdentity> {
  const client = new STSClient({ ...liveOptions(settings, region) })
  try {
    const { Account, Arn } = await call('sts:GetCallerIdentity', { isLocal: false, where: region }, () =>
      client.send(new GetCallerIdentityCommand({})),
    )
    return { account: Account ?? 'unknown', arn: Arn ?? 'unknown' }
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
    return {
      ...options,
      credentials: { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) },
    }
  }
  return profile ? { ...options, profile } : options
}
