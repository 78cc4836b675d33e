import { calculationsOf, MANY_VALUES } from '../../contracts/sandbox/metric-words.ts'
import type { MetricAttribute, MetricEntry, MetricList } from '../../contracts/sandbox/metrics.ts'
import type { CheckDeadline } from '../read-thread/deadline.ts'
import { answerMetric } from './engine/answer-metric.ts'
import type { HeldMetric } from './held-metric.ts'
import { metricWarnings } from './metric-warnings.ts'
import type { StoredMetrics } from './stored-metrics.ts'

/** Bounds of the list: the latest metrics, the attributes and values of each, and the characters of all values. */
const MAX_METRICS = 1_000
const MAX_ATTRIBUTES = 200
const MAX_VALUES = 100
const MAX_VALUE_CHARACTERS = 2_000_000
/** Names, units and descriptions are cut in the list. */
const MAX_TEXT_LENGTH = 1_000
/** In which the last value is looked for, before the newest point. s */
const LAST_RANGE_S = 300

type StoredPart = Omit<MetricEntry, 'points' | 'lastWrittenAt'>

/** Lists the metrics. What it has found out about one is kept until the metric changes. */
export function createMetricList(stored: StoredMetrics) {
  const known = new WeakMap<HeldMetric, { readonly version: number; readonly part: StoredPart }>()
  const partOf = (metric: HeldMetric, check: CheckDeadline): StoredPart => {
    const before = known.get(metric)
    if (before?.version === metric.version) return before.part
    const part = describe(metric, check)
    known.set(metric, { version: metric.version, part })
    return part
  }
  return (set: ReturnType<StoredMetrics['refresh']>, check: CheckDeadline): MetricList => {
    let characters = 0
    const metrics = stored.counters(MAX_METRICS).map((counter): MetricEntry => {
      check()
      const { dataset, name, kind, unit, points, lastWrittenMs } = counter
      const held = set.get(dataset, name, kind)
      const part = held ? partOf(held, check) : nothingStored({ dataset, name, kind, unit })
      characters += part.attributes.reduce((sum, { values }) => sum + values.join('').length, 0)
      const attributes =
        characters > MAX_VALUE_CHARACTERS
          ? part.attributes.map((one) => ({ ...one, values: [] }))
          : part.attributes
      return { ...part, attributes, points, lastWrittenAt: new Date(lastWrittenMs).toISOString() }
    })
    const warnings: string[] = []
    const all = stored.counterCount()
    if (all > metrics.length) warnings.push(`the list has the latest ${metrics.length} of ${all} metrics`)
    if (set.leftOut > 0) {
      warnings.push(
        `${set.leftOut} data points are left out, because they cannot be read or exceed the memory for questions`,
      )
    }
    return { metrics, ...(warnings.length > 0 && { warnings }) }
  }
}

function nothingStored(metric: Pick<MetricEntry, 'dataset' | 'name' | 'kind' | 'unit'>): StoredPart {
  return {
    dataset: metric.dataset,
    name: cut(metric.name),
    kind: metric.kind,
    unit: cut(metric.unit),
    description: '',
    temporality: null,
    isMonotonic: false,
    storedPoints: 0,
    series: 0,
    attributes: [],
    last: null,
    warnings: [],
  }
}

function describe(metric: HeldMetric, check: CheckDeadline): StoredPart {
  const { description, temporality, isMonotonic, series } = metric
  const attributes = attributesOf(metric, check)
  return {
    ...nothingStored(metric),
    ...{ description: cut(description), temporality, isMonotonic },
    storedPoints: series.reduce((sum, { points }) => sum + points.length, 0),
    series: series.length,
    attributes: attributes.slice(0, MAX_ATTRIBUTES),
    last: lastOf(metric, check),
    warnings: [
      ...attributes.slice(0, MAX_ATTRIBUTES).flatMap(manyValuesWarning),
      ...(attributes.length > MAX_ATTRIBUTES
        ? [`it has ${attributes.length} attributes, of which ${MAX_ATTRIBUTES} are listed`]
        : []),
      ...metricWarnings(metric),
    ],
  }
}

function manyValuesWarning({ name, distinct }: MetricAttribute): string[] {
  if (distinct <= MANY_VALUES) return []
  return [
    `${name} has ${distinct} values, and each of them makes time series: leave it out of the metric (a view of the SDK does that), and put it on spans`,
  ]
}

/** The value in the newest step that has one. */
function lastOf(metric: HeldMetric, check: CheckDeadline): MetricEntry['last'] {
  const [calculation] = calculationsOf(metric)
  const newestMs = metric.series.reduce(
    (newest, { points }) => Math.max(newest, points.at(-1)?.timeMs ?? 0),
    0,
  )
  if (calculation === undefined || newestMs === 0) return null
  const end = Math.floor(newestMs / 1_000) + 1
  const question = {
    name: metric.name,
    calculations: [calculation],
    start_time: end - LAST_RANGE_S,
    end_time: end,
  }
  const { groups } = answerMetric(metric.toStored(), question, newestMs, check)
  const values = groups[0]?.values[calculation] ?? []
  return { calculation, value: values.findLast((value) => value !== null) ?? null, atMs: newestMs }
}

/** Of data points before those of the resource, then by name. */
function attributesOf(metric: HeldMetric, check: CheckDeadline): MetricAttribute[] {
  const own = new Map<string, Map<string, number>>()
  const ofResource = new Map<string, Map<string, number>>()
  for (const [resource, series] of Map.groupBy(metric.series, ({ resource }) => resource)) {
    check()
    // A point's attribute hides that of the resource.
    const hidden = new Map<string, number>()
    for (const { attributes } of series) {
      for (const [name, value] of attributes.own) {
        count(own, name, value, 1)
        if (resource.attributes.has(name)) hidden.set(name, (hidden.get(name) ?? 0) + 1)
      }
    }
    for (const [name, value] of resource.attributes) {
      const shown = series.length - (hidden.get(name) ?? 0)
      if (shown > 0) count(own.has(name) ? own : ofResource, name, value, shown)
    }
  }
  const entries = (counts: typeof own, isResource: boolean) =>
    [...counts].map(([name, values]): MetricAttribute => {
      // Another resource's points may have had it by the time that this was counted.
      const all = isResource ? values : new Map([...(ofResource.get(name) ?? []), ...values])
      return { name, isResource, distinct: all.size, values: mostFrequent(all) }
    })
  return [
    ...entries(own, false).toSorted(byName),
    ...entries(new Map([...ofResource].filter(([name]) => !own.has(name))), true).toSorted(byName),
  ]
}

function count(counts: Map<string, Map<string, number>>, name: string, value: string, by: number): void {
  let values = counts.get(name)
  if (!values) {
    values = new Map()
    counts.set(name, values)
  }
  values.set(value, (values.get(value) ?? 0) + by)
}

function mostFrequent(values: ReadonlyMap<string, number>): string[] {
  return [...values]
    .toSorted((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
    .slice(0, MAX_VALUES)
    .map(([value]) => value)
}

function byName(a: MetricAttribute, b: MetricAttribute): number {
  return a.name < b.name ? -1 : 1
}

function cut(text: string): string {
  return text.length > MAX_TEXT_LENGTH ? `${text.slice(0, MAX_TEXT_LENGTH)}…` : text
}
