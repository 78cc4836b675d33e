import { METRIC_LIMITS } from '../../contracts/sandbox/metric-words.ts'
import { MetricQuestion } from '../../contracts/sandbox/metrics.ts'
import type { Route } from '../http/router.ts'
import { answered, questionErrorAnswer, readQuestion } from '../query/question-body.ts'
import type { ReadThread } from '../read-thread/read-thread.ts'

const CLAUSES = Object.keys(MetricQuestion.shape).join(', ')

/** `GET /sandbox/metrics` and `POST /sandbox/metrics/query`. Shapes: `contracts/sandbox/metrics.ts`. */
export function metricRoutes(thread: ReadThread): Route[] {
  return [
    {
      method: 'GET',
      path: '/sandbox/metrics',
      toErrorAnswer: questionErrorAnswer,
      handle: async ({ signal }) => answered(await thread.ask({ kind: 'metric list' }, signal)),
    },
    {
      method: 'POST',
      path: '/sandbox/metrics/query',
      maxBodyBytes: METRIC_LIMITS.bytes,
      toErrorAnswer: questionErrorAnswer,
      handle: async ({ body, signal }) => {
        const question = readQuestion(MetricQuestion, body, CLAUSES)
        return answered(await thread.ask({ kind: 'metric question', question }, signal))
      },
    },
  ]
}
