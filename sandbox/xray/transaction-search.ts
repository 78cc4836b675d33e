import type { Store } from '../store/store.ts'

/** Where X-Ray stores segments: itself, or with Transaction Search on, in a log group of CloudWatch. */
export type Destination = 'XRay' | 'CloudWatchLogs'

const DESTINATION = 'destination_is_cloudwatch_logs'
const SWITCHED = 'destination_switched_ms'
const PERCENTAGE = 'indexing_percentage'
const MODIFIED = 'indexing_modified_s'
/** AWS's default. */
const DEFAULT_PERCENTAGE = 1

/**
 * An account's Transaction Search. While it is on, all segments go to the log group, and a share of the traces, chosen by
 * their ids, is indexed. BatchGetTraces and GetTraceSummaries find indexed traces only; the others need a retrieval.
 * Traces from before it was switched on remain indexed and outside the log group.
 *
 * Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-Transaction-Search.html
 */
export function createTransactionSearch({ state, write, segments }: Store) {
  const destination = (): Destination => (state.get(DESTINATION) === 1 ? 'CloudWatchLogs' : 'XRay')
  const isInLogGroup = (traceId: string) =>
    destination() === 'CloudWatchLogs' &&
    (segments.firstReceivedMs(traceId) ?? 0) >= (state.get(SWITCHED) ?? 0)
  const percentage = () => state.get(PERCENTAGE) ?? DEFAULT_PERCENTAGE
  return {
    destination,
    setDestination: (to: Destination, nowMs = Date.now()) =>
      write(() => {
        if (to === destination()) return
        state.set(DESTINATION, to === 'CloudWatchLogs' ? 1 : 0)
        state.set(SWITCHED, nowMs)
      }),
    /** Whether X-Ray has made the log group of the spans, which stays when Transaction Search is switched off. */
    hasLogGroup: () => state.get(DESTINATION) !== undefined,
    percentage,
    /** Epoch seconds. */
    modifiedS: () => state.get(MODIFIED) ?? 0,
    setPercentage: (to: number, nowS: number) =>
      write(() => {
        state.set(PERCENTAGE, to)
        state.set(MODIFIED, nowS)
      }),
    /** Whether a trace (32 hex digits) arrived while Transaction Search was on. */
    isInLogGroup,
    /** Whether a trace (32 hex digits) is found without a retrieval. */
    isIndexed: (traceId: string) =>
      !isInLogGroup(traceId) || Number.parseInt(traceId.slice(-8), 16) / 2 ** 32 < percentage() / 100,
  }
}

export type TransactionSearch = ReturnType<typeof createTransactionSearch>
