import type { Job } from './jobs.ts'

/**
 * A page of the viewer waits for these, which take milliseconds once everything is loaded and nothing is searched for, so
 * they come before the questions that wait. The map and the list of metrics wait: they may take seconds.
 */
export const LISTS: readonly Job['kind'][] = [
  'request page',
  'request menus',
  'latency points',
  'trace peers',
  'trace twins',
  'traces with words',
  'error requests',
  'wiring',
]

export function isList({ kind }: Job): boolean {
  return LISTS.includes(kind)
}

/** Whether a list is searched for words, which are in the events that questions are asked about. */
export function hasWords(job: Job): boolean {
  if (job.kind === 'traces with words') return true
  return 'question' in job && 'text' in job.question && job.question.text !== undefined
}

/** The same for jobs that have the same answer. When they were asked does not count. */
export function keyOf(job: Job): string {
  return JSON.stringify(job, (name, value) => (name === 'nowMs' ? undefined : value))
}
