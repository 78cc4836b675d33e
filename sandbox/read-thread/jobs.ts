import { createQueryJobs, type QueryJob } from '../query/query-jobs.ts'
import type { CheckDeadline } from './deadline.ts'

/** What the read thread can be asked. Each folder that answers reads in the thread has its own kinds. */
export type Job = QueryJob

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

/** Answers jobs of one folder; `file` is the sandbox's store. What it has loaded stays in memory as long as the thread. */
export type JobAnswerer<OneJob> = (job: OneJob, context: JobContext) => unknown

export function createJobs(file: string): JobAnswerer<Job> {
  return createQueryJobs(file)
}
