import { parentPort, workerData } from 'node:worker_threads'
import type { QuerySpecification } from '../../contracts/sandbox/query.ts'
import { bubbleUp } from './engine/bubble-up.ts'
import { createDeadline, QuestionEnded } from './engine/deadline.ts'
import { listColumns } from './engine/list-columns.ts'
import { runQuery } from './engine/run-query.ts'
import { StoredEvents } from './events/stored-events.ts'
import { QueryError } from './query-error.ts'
import type { FromQueryWorker, ToQueryWorker, WorkerQuestion } from './query-thread.ts'
import { resultData } from './result-data.ts'

/**
 * The thread that answers questions, one at a time. It reads the sandbox's file itself, so that receivers do nothing for
 * it. An answer crosses to the main thread as JSON, which is sent as it is.
 */
const port = parentPort
if (!port) throw new Error('the query worker is started by the query thread')
const { file } = workerData as { file: string }

const post = (message: FromQueryWorker) => port.postMessage(message)
let events: StoredEvents | undefined

port.on('message', ({ question, cancelled, timeLimitMs }: ToQueryWorker) => {
  try {
    post({ kind: 'answer', json: JSON.stringify(answer(question, new Int32Array(cancelled), timeLimitMs)) })
  } catch (error) {
    if (error instanceof QueryError) post({ kind: 'error', status: error.status, ...error.toBody() })
    else if (error instanceof QuestionEnded) post({ kind: 'ended', reason: error.reason })
    else post({ kind: 'internal error', error })
  }
})

function answer(question: WorkerQuestion, cancelled: Int32Array, timeLimitMs: number): unknown {
  events ??= new StoredEvents(file)
  // What is loaded stays loaded, so a long load is not started again by every question that comes too early.
  const checkCancelled = createDeadline(Number.POSITIVE_INFINITY, cancelled)
  const table = events.refresh(() => {
    post({ kind: 'loading' })
    checkCancelled()
  })
  post({ kind: 'loaded' })
  const check = createDeadline(performance.now() + timeLimitMs, cancelled)
  const options = { dataset: question.dataset, nowMs: Date.now() }
  if (question.kind === 'columns') return listColumns(table, question, check)
  if (question.kind === 'bubble-up') return bubbleUp(table, question.question, options, check)
  if (question.kind === 'result data') {
    const run = (specification: QuerySpecification) => runQuery(table, specification, options, check)
    return resultData(question.question, question.parts, run)
  }
  return runQuery(table, question.question, options, check)
}
