import { z } from 'zod'
import type { Route } from '../http/router.ts'
import type { Store } from '../store/store.ts'
import { type ClientMistakes, samplingClient } from './client-mistakes.ts'
import { INTEGER, NO_TOKEN, operation } from './operation.ts'
import { RULE_NAME, ruleOf } from './sampling-rules.ts'

/** How often clients should report, and how long their quota is valid. */
const REPORT_INTERVAL_S = 10
const QUOTA_LIFETIME_S = 30
const MAX_STATISTICS = 25

const count = INTEGER.nonnegative()
const statistics = z.object({
  RuleName: RULE_NAME,
  ClientID: z.string().length(24, 'must be 24 characters long'),
  Timestamp: z.number(),
  RequestCount: count,
  // Required by the service model. A client that leaves it out is answered, and named on the Providers page.
  SampledCount: count.optional(),
  SampleCount: z.unknown().optional(),
  BorrowCount: count.default(0),
})

/** For rules with a SamplingRateBoost: validated, and otherwise ignored. */
const boostStatistics = z.object({
  RuleName: RULE_NAME,
  ServiceName: z.string().max(64),
  Timestamp: z.number(),
  AnomalyCount: count,
  TotalCount: count,
  SampledAnomalyCount: count,
})

/** GetSamplingTargets and GetSamplingStatisticSummaries. */
export function samplingTargetRoutes(store: Store, mistakes: Pick<ClientMistakes, 'add'>): Route[] {
  const reservoirs = createReservoirs()
  return [
    operation(
      '/SamplingTargets',
      z.object({
        SamplingStatisticsDocuments: z.array(statistics).max(MAX_STATISTICS),
        SamplingBoostStatisticsDocuments: z.array(boostStatistics).max(MAX_STATISTICS).optional(),
      }),
      ({ SamplingStatisticsDocuments: documents, SamplingBoostStatisticsDocuments: boosts }, headers) => {
        const incomplete = documents.find(({ SampledCount }) => SampledCount === undefined)
        if (incomplete) {
          const isMisnamed = incomplete.SampleCount !== undefined
          mistakes.add({
            client: samplingClient(headers['user-agent'], isMisnamed),
            operation: 'GetSamplingTargets',
            missing: 'SampledCount',
            sent: isMisnamed ? 'SampleCount' : null,
          })
        }
        const nowS = Date.now() / 1000
        return store.write(() => {
          const found = documents.map((document) => ({
            ...document,
            row: store.sampling.find(document.RuleName),
          }))
          const targets = found.flatMap(({ row, ClientID, RequestCount, SampledCount = 0, BorrowCount }) => {
            if (!row) return []
            const counts = { requests: RequestCount, sampled: SampledCount, borrowed: BorrowCount }
            store.sampling.report(row.name, counts, nowS)
            const { FixedRate, ReservoirSize } = ruleOf(row)
            return {
              RuleName: row.name,
              FixedRate,
              ReservoirQuota: reservoirs.share(row.name, ReservoirSize, ClientID, RequestCount, nowS),
              ReservoirQuotaTTL: Math.floor(nowS) + QUOTA_LIFETIME_S,
              Interval: REPORT_INTERVAL_S,
            }
          })
          return {
            SamplingTargetDocuments: targets,
            LastRuleModification: store.sampling.lastModificationS(),
            UnprocessedStatistics: found.filter(({ row }) => !row).map(unprocessed),
            UnprocessedBoostStatistics: (boosts ?? [])
              .filter(({ RuleName }) => !store.sampling.find(RuleName))
              .map(unprocessed),
          }
        })
      },
    ),

    operation('/SamplingStatisticSummaries', z.object({ NextToken: NO_TOKEN }), () => ({
      SamplingStatisticSummaries: store.sampling
        .statistics()
        .map(({ rule, windowS, requests, sampled, borrowed }) => ({
          RuleName: rule,
          Timestamp: windowS,
          RequestCount: requests,
          BorrowCount: borrowed,
          SampledCount: sampled,
        })),
    })),
  ]
}

function unprocessed({ RuleName }: { readonly RuleName: string }) {
  return { RuleName, ErrorCode: '400', Message: `Sampling rule ${RuleName} does not exist` }
}

/**
 * A client that has not reported requests for this long loses its share: every client reports each REPORT_INTERVAL_S, with
 * up to 0.1 s of jitter. A process that is started again is a new client, and should not share with its predecessor.
 */
const CLIENT_AGE_S = REPORT_INTERVAL_S + 0.5

/**
 * Divides a rule's reservoir, in requests per second, among the clients that have reported requests for it lately. Shares
 * are integers that add up to the reservoir; the remainder goes to the first clients by id. A client without requests is
 * not one of them, and may use the whole reservoir until its next report.
 */
function createReservoirs() {
  const clients = new Map<string, Map<string, number>>()
  return {
    /** Counts the client's report and returns its share. */
    share(rule: string, reservoir: number, clientId: string, requests: number, nowS: number): number {
      const ofRule = clients.get(rule) ?? new Map<string, number>()
      clients.set(rule, ofRule)
      for (const [id, seenS] of ofRule) if (nowS - seenS > CLIENT_AGE_S) ofRule.delete(id)
      if (requests === 0) return reservoir
      ofRule.set(clientId, nowS)
      const ids = [...ofRule.keys()].sort()
      const rest = reservoir % ids.length
      return Math.floor(reservoir / ids.length) + (ids.indexOf(clientId) < rest ? 1 : 0)
    },
  }
}
