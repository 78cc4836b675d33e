import { z } from 'zod'
import { METRIC_LIMITS } from '../../../contracts/sandbox/metric-words.ts'
import { MetricAnswer, MetricEntry, type MetricQuestion } from '../../../contracts/sandbox/metrics.ts'
import { QueryAnswer, type QueryInput } from '../../../contracts/sandbox/query.ts'
import { UserError } from '../../../contracts/user-error.ts'
import type { IncreaseOptions } from '../../../workshop/context.ts'
import { postJson } from '../../machine/http-json.ts'
import { readSandbox } from '../../providers/own-processes.ts'

/** How long the sandbox may take to answer a question (ms): its own limit is 10 s. */
const ANSWER_MS = 12_000
const HOUR_S = 3_600
/** Of twenty numbers one after the other, one nearly always divides a time, or the second before it. */
const WIDTHS = 20
const EVERY_DATASET = '__all__'
const Metrics = z.object({ metrics: z.array(MetricEntry) })

/** Throws the same UserError as a call of X-Ray's API in the sandbox. */
export async function askSandbox(sandbox: string, path: string): Promise<unknown> {
  const answer = await readSandbox(sandbox, path)
  if (answer !== undefined) return answer
  throw new UserError({
    code: 'SANDBOX_DOWN',
    what: `The sandbox is not running: ${sandbox} does not answer.`,
    fix: 'npm run setup',
  })
}

/** The metrics that were written after `sinceMs`. */
export async function readMetrics(sandbox: string, sinceMs: number): Promise<MetricEntry[]> {
  const { metrics } = Metrics.parse(await askSandbox(sandbox, '/sandbox/metrics'))
  return metrics.filter(({ lastWrittenAt }) => Date.parse(lastWrittenAt) >= sinceMs)
}

/** How much a metric has grown within the last hour, by an attribute's values. Undefined where there is none. */
export async function readIncrease(
  sandbox: string,
  { name, dataset, kind }: Pick<MetricEntry, 'name' | 'dataset' | 'kind'>,
  { sinceMs = 0, attribute, filters = {} }: IncreaseOptions,
): Promise<ReadonlyMap<string, number> | undefined> {
  const endS = Date.now() / 1_000 + 1
  const startS = Math.ceil(Math.max(sinceMs / 1_000, endS - HOUR_S))
  const question: MetricQuestion = {
    ...{ name, dataset, kind },
    calculations: ['INCREASE'],
    filters: Object.entries(filters).map(([name, value]) => ({ attribute: name, op: '=', value })),
    ...(attribute && { breakdowns: [attribute] }),
    start_time: startS,
    end_time: Math.max(endS, startS + 1),
    granularity: widthOf(startS, endS),
    limit: METRIC_LIMITS.groups,
  }
  const answer = await post(`${sandbox}/sandbox/metrics/query`, question)
  if (answer === undefined) return undefined
  const { groups } = MetricAnswer.parse(answer)
  return new Map(groups.map(({ key, totals }) => [key[0] ?? '', totals.INCREASE ?? 0]))
}

/**
 * The width of a step (s). Steps begin at multiples of it, and the first one has to begin at the start: before it another
 * run of the api may have counted.
 */
function widthOf(startS: number, endS: number): number {
  const least = Math.max(1, Math.ceil((endS - startS) / METRIC_LIMITS.buckets))
  const widths = Array.from({ length: WIDTHS }, (_, index) => least + index)
  return widths.toSorted((a, b) => (startS % a) - (startS % b))[0] ?? least
}

/** The answer to a question about every dataset; undefined where no event is stored. */
export async function askQuestion(sandbox: string, question: QueryInput): Promise<QueryAnswer | undefined> {
  const answer = await post(`${sandbox}/sandbox/query?dataset=${EVERY_DATASET}`, question)
  return answer === undefined ? undefined : QueryAnswer.parse(answer)
}

/** The JSON of a 200; undefined for a 404. Throws for any other status. */
async function post(url: string, body: unknown): Promise<unknown> {
  const answer = await postJson(url, body, ANSWER_MS)
  if (answer?.status === 200) return answer.body
  if (answer?.status === 404) return undefined
  throw new Error(`POST ${url} answered ${answer?.status ?? 'nothing'}: ${JSON.stringify(answer?.body)}`)
}
