import {
  GetTraceSegmentDestinationCommand,
  ListRetrievedTracesCommand,
  StartTraceRetrievalCommand,
  type XRayClient,
} from '@aws-sdk/client-xray'
import { poll } from '../machine/poll.ts'

/** A retrieval is a query of a log group, which takes seconds. */
const RETRIEVED_MS = 10_000
const EVERY_MS = 500
/** How far back a trace may have begun: it has only just been made. */
const RANGE_MS = 15 * 60_000
const UNDER_WAY = new Set<string | undefined>(['SCHEDULED', 'RUNNING'])

/** Asked once a client: an account does not change its destination while somebody waits for a trace. */
const destinations = new WeakMap<XRayClient, Promise<boolean>>()

/**
 * Whether the account has Transaction Search, so that segments are in CloudWatch and only a share of the traces is
 * indexed. Not to be allowed to ask is taken for no: the trace may be indexed all the same.
 */
export function isInCloudWatch(client: XRayClient): Promise<boolean> {
  const known = destinations.get(client)
  if (known) return known
  const asked = client.send(new GetTraceSegmentDestinationCommand({})).then(
    ({ Destination }) => Destination === 'CloudWatchLogs',
    () => false,
  )
  destinations.set(client, asked)
  return asked
}

/**
 * The documents of a trace (X-Ray's notation) that need not be indexed; none while it has not arrived. Throws what AWS
 * says where it may not be read.
 *
 * Source: https://docs.aws.amazon.com/xray/latest/api/API_StartTraceRetrieval.html
 */
export async function retrieveSegments(
  client: XRayClient,
  id: string,
): Promise<{ readonly Document?: string | undefined }[]> {
  const now = Date.now()
  const { RetrievalToken } = await client.send(
    new StartTraceRetrievalCommand({
      TraceIds: [id],
      StartTime: new Date(now - RANGE_MS),
      EndTime: new Date(now),
    }),
  )
  const done = await poll(
    async () => {
      const answer = await client.send(
        new ListRetrievedTracesCommand({ RetrievalToken, TraceFormat: 'XRAY' }),
      )
      return UNDER_WAY.has(answer.RetrievalStatus) ? undefined : answer
    },
    { deadlineMs: RETRIEVED_MS, everyMs: EVERY_MS },
  )
  return done?.Traces?.flatMap(({ Spans = [] }) => Spans) ?? []
}
