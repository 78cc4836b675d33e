import { createMetricJobs, isMetricJob, type MetricJob } from '../metrics/metric-jobs.ts'
import { StoredEvents } from '../query/events/stored-events.ts'
import { createQueryJobs, isQueryJob, type QueryJob } from '../query/query-jobs.ts'
import { createListJobs, type ListJob } from '../requests/list-jobs.ts'
import { createMapJobs, type MapJob } from '../service-map/map-jobs.ts'
import type { CheckDeadline } from './deadline.ts'
import type { LoadingRows } from './loading-rows.ts'

/** What the read thread can be asked. Each folder that answers reads in the thread has its own kinds. */
export type Job = QueryJob | ListJob | MapJob | MetricJob

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

/** `file` is the sandbox's store. Nothing is opened before the first job that needs it. */
export function createJobs(file: string, rows: LoadingRows): JobAnswerer<Job> {
  let events: StoredEvents | undefined
  // Questions and searches for words share the stored events.
  const storedEvents = () => {
    events ??= new StoredEvents(file, rows)
    return events
  }
  const answerQuery = createQueryJobs(storedEvents)
  const answerMap = createMapJobs(file)
  const answerMetric = createMetricJobs(file, rows)
  let answerList: JobAnswerer<ListJob> | undefined
  return (job, context) => {
    if (isQueryJob(job)) return answerQuery(job, context)
    if (job.kind === 'map') return answerMap(job, context)
    if (isMetricJob(job)) return answerMetric(job, context)
    answerList ??= createListJobs(file, storedEvents)
    return answerList(job, context)
  }
}
