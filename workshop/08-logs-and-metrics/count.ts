import type { MetricEntry } from '../../contracts/sandbox/metrics.ts'
import type { CheckContext } from '../context.ts'

export const METRIC = 'app.activities.created'
export const ATTRIBUTE = 'app.activity.ttl'
/** Of every server, by OpenTelemetry's semantic conventions. It counts requests, whatever their trace. */
const DURATION = 'http.server.request.duration'
const STATUS = 'http.response.status_code'
const CREATE = { 'http.request.method': 'POST', 'http.route': '/api/activities' }

/** An attribute of the data points, with its values since the api was started. */
export interface FoundAttribute {
  readonly name: string
  /** At most 100. */
  readonly values: readonly string[]
}

/** The learner's counter, and what the api has answered, both since the api was started. */
export interface Count {
  /** Every metric of the api. */
  readonly metrics: readonly MetricEntry[]
  /** Undefined before its first data point since the start. */
  readonly metric: MetricEntry | undefined
  /** The counter's increase by the time to live; '' is the increase without one. */
  readonly byTtl: ReadonlyMap<string, number>
  readonly attributes: readonly FoundAttribute[]
  /** How many requests that create a post the api has answered, by status. */
  readonly answered: ReadonlyMap<string, number>
}

const NOTHING: ReadonlyMap<string, number> = new Map()

/** Reads the count; undefined where Honeycomb returns no metrics. */
export async function readCount(context: CheckContext, startedAtMs: number): Promise<Count | undefined> {
  const all = await context.metrics()
  if (!all) return undefined
  const metrics = all.filter(({ attributes }) => isOf(attributes, context.service))
  const metric = metrics
    .filter(({ name, lastWrittenAt }) => name === METRIC && Date.parse(lastWrittenAt) >= startedAtMs)
    .toSorted((a, b) => Date.parse(b.lastWrittenAt) - Date.parse(a.lastWrittenAt))[0]
  const duration = metrics.find(({ name }) => name === DURATION)
  const increase = async (of: MetricEntry | undefined, attribute: string, filters = {}) =>
    (of && grows(of) && (await context.metricIncrease(of, { attribute, filters, sinceMs: startedAtMs }))) ||
    NOTHING
  const own = (metric?.attributes ?? []).filter(({ isResource }) => !isResource)
  // An earlier run of the api may have had other attributes: the values of this run count.
  const attributes = await Promise.all(
    own.map(async ({ name }) => ({
      name,
      values: [...(await increase(metric, name))].flatMap(([value, grown]) =>
        value && grown > 0 ? value : [],
      ),
    })),
  )
  return {
    metrics,
    metric,
    byTtl: await increase(metric, ATTRIBUTE),
    attributes: attributes.filter(({ values }) => values.length > 0),
    answered: await increase(duration, STATUS, CREATE),
  }
}

/** What neither counts nor has a distribution has no increase. */
function grows({ kind, isMonotonic }: MetricEntry): boolean {
  return kind === 'histogram' || (kind === 'sum' && isMonotonic)
}

function isOf(attributes: MetricEntry['attributes'], service: string): boolean {
  return attributes.some(({ name, values }) => name === 'service.name' && values.includes(service))
}

/** All that was counted. */
export function totalOf({ byTtl }: Count): number {
  return sum(byTtl, () => true)
}

export function createdOf({ answered }: Count): number {
  return sum(answered, (status) => status === '201')
}

/** The requests that were refused: no post was created. */
export function refusedOf({ answered }: Count): number {
  return sum(answered, (status) => status >= '400')
}

/** Increases are spread over time, so that they may be fractions where a range begins within one. */
function sum(counts: ReadonlyMap<string, number>, fits: (key: string) => boolean): number {
  return Math.round([...counts].reduce((total, [key, count]) => total + (fits(key) ? count : 0), 0))
}
