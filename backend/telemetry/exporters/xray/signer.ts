import { Sha256 } from '@aws-crypto/sha256-js'
import { HttpRequest } from '@smithy/protocol-http'
import { SignatureV4 } from '@smithy/signature-v4'
import type { AwsCredentials } from '../../options.ts'

/** Returns the headers, with the signature, for posting a body. Rejects if no credentials are found. */
export type Signer = (
  url: URL,
  headers: Readonly<Record<string, string>>,
  body: Uint8Array,
) => Promise<Record<string, string>>

/**
 * Signs requests for X-Ray (SigV4). The AWS SDK finds credentials and renews those that expire; these many modules are
 * loaded with the first request.
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
