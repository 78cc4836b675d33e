import type { MetricJob } from '../metrics/metric-jobs.ts'
import { StoredEvents } from '../query/events/stored-events.ts'
import type { QueryJob } from '../query/query-jobs.ts'
import type { TraceJob } from '../reads/trace-jobs.ts'
import type { ListJob } from '../requests/list-jobs.ts'
import type { MapJob } from '../service-map/map-jobs.ts'
import type { CheckDeadline } from './deadline.ts'
import type { LoadingRows } from './loading-rows.ts'

/** What the read thread can be asked. Each folder that answers reads in the thread has its own kinds. */
export type Job = QueryJob | ListJob | MapJob | MetricJob | TraceJob

/** What a job is answered with. */
export interface JobContext {
  /**
   * Calls `load` with the function that it has to call between the steps of loading. What is loaded stays loaded, so a
   * long load has no time limit: only a cancelled job ends it. Call it before the work that `check` is for.
   */
  loading<Loaded>(load: (check: CheckDeadline) => Loaded): Loaded
  /** Throws when the job was cancelled or its time is over, which begins after loading. */
  readonly check: CheckDeadline
}

/** Answers jobs of one folder. What it has loaded stays in memory as long as the thread. */
export type JobAnswerer<OneJob> = (job: OneJob, context: JobContext) => unknown

/**
 * `file` is the sandbox's store. Nothing is opened, and no folder's code is imported, before the first job that needs it:
 * all folders together take five times as long to import as the one that a page waits for. One job at a time.
 */
export function createJobs(file: string, rows: LoadingRows) {
  let events: StoredEvents | undefined
  // Questions and searches for words share the stored events.
  const storedEvents = () => {
    events ??= new StoredEvents(file, rows)
    return events
  }
  let answerMap: JobAnswerer<MapJob> | undefined
  let answerTrace: JobAnswerer<TraceJob> | undefined
  let answerMetric: JobAnswerer<MetricJob> | undefined
  let answerQuery: JobAnswerer<QueryJob> | undefined
  let answerList: JobAnswerer<ListJob> | undefined

  return async (job: Job, context: JobContext): Promise<unknown> => {
    switch (job.kind) {
      case 'map':
        answerMap ??= (await import('../service-map/map-jobs.ts')).createMapJobs(file)
        return answerMap(job, context)
      case 'trace':
        answerTrace ??= (await import('../reads/trace-jobs.ts')).createTraceJobs(file)
        return answerTrace(job, context)
      case 'metric list':
      case 'metric question':
        answerMetric ??= (await import('../metrics/metric-jobs.ts')).createMetricJobs(file, rows)
        return answerMetric(job, context)
      case 'query':
      case 'result data':
      case 'bubble-up':
      case 'columns':
        answerQuery ??= (await import('../query/query-jobs.ts')).createQueryJobs(storedEvents)
        return answerQuery(job, context)
      default:
        answerList ??= (await import('../requests/list-jobs.ts')).createListJobs(file, storedEvents)
        return answerList(job, context)
    }
  }
}
