import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { XRayClient } from '@aws-sdk/client-xray'
import { SANDBOX_KEY, type XRayTarget } from '../../settings/providers.ts'
import type { Settings } from '../../settings/read.ts'
import { type CallContext, call } from './error.ts'

/** A network that swallows packets answers nothing for ever; both in ms. */
const REQUEST_HANDLER = { connectionTimeout: 5_000, requestTimeout: 15_000 }

export type AwsSettings = Pick<
  Settings,
  'AWS_ACCESS_KEY_ID' | 'AWS_SECRET_ACCESS_KEY' | 'AWS_SESSION_TOKEN' | 'AWS_PROFILE'
>

export interface XRayApi {
  readonly client: XRayClient
  readonly context: CallContext
}

/** X-Ray's API: AWS's own with the person's credentials, or the sandbox's with credentials that are worth nothing. */
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
  /** Who the credentials belong to. */
  readonly arn: string
}

/** Whose account the credentials lead into; needs no permission. */
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
 * The settings may come from `.env`, which the SDK does not read, so they are handed over. Keys win over a profile, as
 * they do in the daemon; without either the SDK finds what a container or a role gives it.
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
