import { parentPort, workerData } from 'node:worker_threads'
import { HttpError } from '../http/answer.ts'
import { type CheckDeadline, createDeadline, QuestionEnded } from './deadline.ts'
import { createJobs } from './jobs.ts'
import { LoadingRows } from './loading-rows.ts'
import { QueryError } from './read-error.ts'
import type { FromReadWorker, ReadWorkerData, ToReadWorker } from './read-thread.ts'

/**
 * The thread that answers expensive reads, one at a time. It reads the sandbox's file itself, so that receivers do nothing
 * for it. An answer crosses to the main thread as the bytes of its JSON, which are sent as they are: a million
 * values hold up nothing there.
 */
const port = parentPort
if (!port) throw new Error('the read worker is started by the read thread')
const { file, loading: shared, deadly } = workerData as ReadWorkerData
const answer = createJobs(file, new LoadingRows(shared, deadly))

const encoder = new TextEncoder()
const post = (message: FromReadWorker) => port.postMessage(message)

port.on('message', async ({ job, cancelled: isCancelled, timeLimitMs }: ToReadWorker) => {
  const cancelled = new Int32Array(isCancelled)
  let endMs = performance.now() + timeLimitMs
  const checkCancelled = createDeadline(() => Number.POSITIVE_INFINITY, cancelled)
  const loading = <Loaded>(load: (check: CheckDeadline) => Loaded): Loaded => {
    const step = () => {
      post({ kind: 'loading' })
      checkCancelled()
    }
    step()
    const loaded = load(step)
    endMs = performance.now() + timeLimitMs
    post({ kind: 'loaded' })
    return loaded
  }
  try {
    const check = createDeadline(() => endMs, cancelled)
    const json = encoder.encode(JSON.stringify(await answer(job, { loading, check })))
    port.postMessage({ kind: 'answer', json } satisfies FromReadWorker, [json.buffer])
  } catch (error) {
    if (error instanceof HttpError) {
      const issues = error instanceof QueryError ? error.issues : []
      post({ kind: 'error', status: error.status, message: error.message, issues })
    } else if (error instanceof QuestionEnded) post({ kind: 'ended', reason: error.reason })
    else post({ kind: 'internal error', error })
  }
})
