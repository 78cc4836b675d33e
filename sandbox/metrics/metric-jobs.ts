import type { MetricAnswer, MetricList, MetricQuestion } from '../../contracts/sandbox/metrics.ts'
import type { JobAnswerer } from '../read-thread/jobs.ts'
import type { LoadingRows } from '../read-thread/loading-rows.ts'
import { answerMetric } from './engine/answer-metric.ts'
import { findMetric } from './find-metric.ts'
import { createMetricList } from './metric-list.ts'
import { metricWarnings } from './metric-warnings.ts'
import { StoredMetrics } from './stored-metrics.ts'

export type MetricJob =
  | { readonly kind: 'metric list' }
  | { readonly kind: 'metric question'; readonly question: MetricQuestion }

/** Lists the stored metrics and answers questions about them, in the read thread. */
export function createMetricJobs(file: string, rows: LoadingRows): JobAnswerer<MetricJob> {
  let opened: { stored: StoredMetrics; list: ReturnType<typeof createMetricList> } | undefined
  return (job, { loading, check }): MetricList | MetricAnswer => {
    if (!opened) {
      const stored = new StoredMetrics(file, undefined, rows)
      opened = { stored, list: createMetricList(stored) }
    }
    const { stored, list } = opened
    const set = loading((step) => stored.refresh(step))
    if (job.kind === 'metric list') return list(set, check)
    const metric = findMetric(set.all(), job.question, stored.isKnown)
    const answer = answerMetric(metric.toStored(), job.question, Date.now(), check)
    const exemplars = answer.exemplars.map((one) => ({ ...one, isStored: stored.hasTrace(one.traceId) }))
    return { ...answer, exemplars, warnings: [...answer.warnings, ...metricWarnings(metric)] }
  }
}
