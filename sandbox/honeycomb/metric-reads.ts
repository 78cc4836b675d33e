import { jsonAnswer } from '../http/answer.ts'
import type { Route } from '../http/router.ts'
import type { Store } from '../store/store.ts'

/** `GET /sandbox/metrics`: which metrics came, the latest first: how many data points of each, and when the last. */
export function metricReads(store: Store): Route[] {
  return [
    {
      method: 'GET',
      path: '/sandbox/metrics',
      handle: () =>
        jsonAnswer(200, {
          metrics: store.metrics.list().map(({ lastWrittenMs, ...metric }) => ({
            ...metric,
            lastWrittenAt: new Date(lastWrittenMs).toISOString(),
          })),
        }),
    },
  ]
}
