import type { DecodeThread } from '../decode-thread/decode-thread.ts'
import type { Route } from '../http/router.ts'
import type { Store } from '../store/store.ts'
import { ACCOUNT_ID } from './account.ts'
import type { ClientMistakes } from './client-mistakes.ts'
import { groupRoutes } from './groups.ts'
import { samplingRuleRoutes } from './sampling-rules.ts'
import { samplingTargetRoutes } from './sampling-targets.ts'
import { type KeepSegments, segmentRoutes } from './segments.ts'
import { serviceGraphRoutes } from './service-graph.ts'
import { tagRoutes } from './tags.ts'
import { traceSummaryRoutes } from './trace-summaries.ts'
import type { TransactionSearch } from './transaction-search.ts'
import { transactionSearchRoutes } from './transaction-search-routes.ts'

/** The beginning of each ARN in the sandbox. */
export function arnPrefixOf(region: string): string {
  return `arn:aws:xray:${region}:${ACCOUNT_ID}`
}

/** All operations of X-Ray's API that the sandbox emulates, on its own port and on the daemon's TCP port. */
export function xrayRoutes(
  store: Store,
  keep: KeepSegments,
  search: TransactionSearch,
  arnPrefix: string,
  mistakes: Pick<ClientMistakes, 'add'>,
  decoder: DecodeThread,
): Route[] {
  return [
    ...segmentRoutes(store, keep, search, decoder),
    ...traceSummaryRoutes(store, search),
    ...serviceGraphRoutes(store),
    ...groupRoutes(store, arnPrefix),
    ...samplingRuleRoutes(store, arnPrefix),
    ...samplingTargetRoutes(store, mistakes),
    ...tagRoutes(store),
    ...transactionSearchRoutes(store, search),
  ]
}
