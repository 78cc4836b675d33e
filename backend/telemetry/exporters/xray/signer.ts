import { Sha256 } from '@aws-crypto/sha256-js'
import { HttpRequest } from '@smithy/protocol-http'
import { SignatureV4 } from '@smithy/signature-v4'
import type { AwsCredentials } from '../../options.ts'

/** The headers, signature among them, with which a body may be posted. Rejects where no credentials are found. */
export type Signer = (
  url: URL,
  headers: Readonly<Record<string, string>>,
  body: Uint8Array,
) => Promise<Record<string, string>>

/**
 * Signs requests for X-Ray (SigV4). Credentials that expire are renewed as the AWS SDK does it; the providers that find
 * them are many modules, and are loaded with the first request.
 */
export function createSigner(region: string, credentials: AwsCredentials | undefined): Signer {
  let find: Promise<() => Promise<AwsCredentials>> | undefined
  const signer = new SignatureV4({
    service: 'xray',
    region,
    sha256: Sha256,
    credentials:
      credentials ??
      (async () => {
        find ??= import('@aws-sdk/credential-provider-node').then(({ defaultProvider }) => defaultProvider())
        return (await find)()
      }),
  })
  return async (url, headers, body) => {
    const request = new HttpRequest({
      method: 'POST',
      protocol: url.protocol,
      hostname: url.hostname,
      path: url.pathname,
      headers: { ...headers, host: url.host },
      body,
    })
    const { host: _setByFetch, ...signed } = (await signer.sign(request)).headers
    return signed
  }
}
