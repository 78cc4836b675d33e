import { PutTraceSegmentsCommand } from '@aws-sdk/client-xray'
import { UserError } from '../../../contracts/user-error.ts'
import type { XRayTarget } from '../../../settings/providers.ts'
import { type AwsSettings, callerIdentity, openXRay } from '../../aws/client.ts'
import { type KeyCheck, unknown } from './key-check.ts'

/** AWS could not be asked, so nothing is known of the credentials. */
const NOT_ASKED = new Set(['AWS_UNREACHABLE', 'AWS_THROTTLED'])

/** Asks AWS whose credentials these are, and whether they may send segments; sends none. */
export async function checkAwsCredentials(settings: AwsSettings, target: XRayTarget): Promise<KeyCheck> {
  try {
    const { account, arn } = await callerIdentity(settings, target.region)
    const says = `AWS: account ${account}, region ${target.region}, as ${arn}`
    const client = openXRay(settings, target)
    try {
      await client.send(new PutTraceSegmentsCommand({ TraceSegmentDocuments: [] }))
    } catch (error) {
      // AWS may reject the empty list; only AccessDenied says something about the credentials.
      if (error instanceof UserError && error.code === 'AWS_ACCESS_DENIED') throw error
    } finally {
      client.destroy()
    }
    return { outcome: 'good', says }
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    if (NOT_ASKED.has(error.code)) {
      return unknown(`The AWS credentials could not be checked: ${error.message}`, error.fix)
    }
    return { outcome: 'bad', ...error.diagnosis }
  }
}
