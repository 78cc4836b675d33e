import type { BubbleUpQuestion, QuerySpecification } from '../../contracts/sandbox/query.ts'
import type { JobAnswerer } from '../read-thread/jobs.ts'
import { bubbleUp } from './engine/bubble-up.ts'
import { listColumns } from './engine/list-columns.ts'
import { runQuery } from './engine/run-query.ts'
import type { StoredEvents } from './events/stored-events.ts'
import { type ResultParts, resultData } from './result-data.ts'

export type QueryJob = { readonly dataset: string } & (
  | { readonly kind: 'query'; readonly question: QuerySpecification }
  | { readonly kind: 'result data'; readonly question: QuerySpecification; readonly parts: ResultParts }
  | { readonly kind: 'bubble-up'; readonly question: BubbleUpQuestion }
  | { readonly kind: 'columns'; readonly column?: string | undefined; readonly contains?: string | undefined }
)

/** Answers questions over the stored events, in the read thread. */
export function createQueryJobs(storedEvents: () => StoredEvents): JobAnswerer<QueryJob> {
  return (job, { loading, check }) => {
    const events = storedEvents()
    const table = loading((step) => events.refresh(step))
    const options = { dataset: job.dataset, nowMs: Date.now() }
    if (job.kind === 'columns') return listColumns(table, job, check)
    if (job.kind === 'bubble-up') return bubbleUp(table, job.question, options, check)
    if (job.kind === 'result data') {
      const run = (specification: QuerySpecification) => runQuery(table, specification, options, check)
      return resultData(job.question, job.parts, run)
    }
    return runQuery(table, job.question, options, check)
  }
}
