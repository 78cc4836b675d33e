import { hasWords, isList } from './job-kinds.ts'
import { createReadThread, type ReadThread } from './read-thread.ts'

/**
 * Two threads, so that no list waits for a question, which may take ten seconds. Lists that are searched for words are
 * answered where the questions are: the events that both need would otherwise be in memory twice.
 */
export function createReadThreads(...options: Parameters<typeof createReadThread>): ReadThread {
  const lists = createReadThread(...options)
  const questions = createReadThread(...options)
  return {
    ask: (job, signal) => (isList(job) && !hasWords(job) ? lists : questions).ask(job, signal),
    async close() {
      await Promise.all([lists.close(), questions.close()])
    },
  }
}
