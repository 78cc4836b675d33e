import { Sha256 } from '@aws-crypto/sha256-js'
import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace'
import { HttpRequest } from '@smithy/protocol-http'
import { SignatureV4 } from '@smithy/signature-v4'
import type { AwsCredentials, XRayOtlpOptions } from '../../options.ts'
import type { Delivery } from '../delivery.ts'
import { createSpanSender } from '../otlp.ts'
import { isAnnotated } from './document-fields.ts'

/** How much waits for X-Ray in an outage. */
const ROOM = { maxBytes: 64 * 1024 * 1024, maxItems: 65_536 }

/**
 * Sends spans, SigV4-signed, to X-Ray's OTLP endpoint. The X-Ray SDK is not loaded. The stock exporter cannot be used: it
 * makes its headers before the body, which the signature covers.
 */
export function createOtlpPipeline(options: XRayOtlpOptions, delivery: Delivery): SpanProcessor {
  const url = new URL(options.endpoint)
  const target = { provider: 'X-Ray', url, headersOf: createSigner(url, options), fixOf }
  const sender = createSpanSender(target, ROOM, delivery)
  return { ...sender, onEnd: (span) => sender.onEnd(withAnnotations(span)) }
}

const RIGHTS = 'are the AWS credentials valid, and may they write to X-Ray? AWSXrayWriteOnlyAccess is enough'
const FIXES: Readonly<Record<number, string>> = {
  400: 'is Transaction Search on in this region?',
  401: RIGHTS,
  403: RIGHTS,
  404: 'is this the endpoint of an X-Ray region?',
}

function fixOf(status: number): string | undefined {
  return FIXES[status]
}

/**
 * Lists the attributes that X-Ray should index in `aws.xray.annotations`. Returns a view of the span, because an ended
 * span is read-only.
 *
 * Source: https://github.com/open-telemetry/opentelemetry-collector-contrib/tree/main/exporter/awsxrayexporter
 */
function withAnnotations(span: ReadableSpan): ReadableSpan {
  const annotated = Object.keys(span.attributes).filter(isAnnotated)
  if (annotated.length === 0) return span
  const attributes = { ...span.attributes, 'aws.xray.annotations': annotated }
  return Object.create(span, { attributes: { value: attributes, enumerable: true } }) as ReadableSpan
}

/**
 * Returns a function that makes the headers for posting a body to X-Ray, with a SigV4 signature. It rejects if no
 * credentials are found. The AWS SDK finds them and renews those that expire; these many modules are loaded with the
 * first request.
 */
function createSigner(url: URL, { region, credentials }: XRayOtlpOptions) {
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
  return async (body: Uint8Array): Promise<Record<string, string>> => {
    const request = new HttpRequest({
      method: 'POST',
      protocol: url.protocol,
      hostname: url.hostname,
      path: url.pathname,
      headers: { 'content-type': 'application/x-protobuf', host: url.host },
      body,
    })
    return (await signer.sign(request).catch(explain)).headers
  }
}

function explain(error: Error): never {
  const isMissing = error.name === 'CredentialsProviderError'
  throw isMissing
    ? new Error(
        'no AWS credentials are found to sign with: check AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
      )
    : error
}
