import {
  GetTraceSegmentDestinationCommand,
  TraceSegmentDestination,
  UpdateTraceSegmentDestinationCommand,
} from '@aws-sdk/client-xray'
import { UserError } from '../../contracts/user-error.ts'
import type { XRayApi } from './client.ts'
import { call } from './error.ts'
import type { Resource } from './resource.ts'

const { CloudWatchLogs, XRay } = TraceSegmentDestination

/**
 * X-Ray's OTLP endpoint takes spans only where Transaction Search is on: where segments are kept in CloudWatch Logs.
 * The sandbox is switched, and switched back, as any other resource of the workspace. An account is not: that concerns
 * everybody in it, and what they pay.
 *
 * Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-OTLPTroubleshooting.html
 */
export async function destinationResource(api: XRayApi): Promise<Resource> {
  const point = (to: TraceSegmentDestination) => () =>
    call('xray:UpdateTraceSegmentDestination', api.context, async () => {
      await api.client.send(new UpdateTraceSegmentDestinationCommand({ Destination: to }))
    })
  return {
    label: 'Transaction Search, for XRAY_PIPELINE=otlp',
    exists: await isOn(api),
    differences: [],
    create: point(CloudWatchLogs),
    update: point(CloudWatchLogs),
    destroy: point(XRay),
  }
}

/** Throws a UserError where the account has it off. */
export async function requireTransactionSearch(api: XRayApi): Promise<void> {
  if (await isOn(api)) return
  throw new UserError({
    code: 'TRANSACTION_SEARCH_OFF',
    what: `XRAY_PIPELINE=otlp sends to X-Ray’s OTLP endpoint, which takes nothing while Transaction Search is off, as it is in ${api.context.where} of this account.`,
    fix: 'Switch it on for the whole account (aws/README.md has the commands, and what it costs), or set XRAY_PIPELINE=sdk',
  })
}

async function isOn({ client, context }: XRayApi): Promise<boolean> {
  const { Destination } = await call('xray:GetTraceSegmentDestination', context, () =>
    client.send(new GetTraceSegmentDestinationCommand({})),
  )
  return Destination === CloudWatchLogs
}
