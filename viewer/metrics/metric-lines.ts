import { clock } from '../../analysis/format.ts'
import { bucketStarts, DRAWN_GROUPS, type DrawnGroup, type Lines } from '../../analysis/questions/lines.ts'
import { isMetricPercentile, type MetricCalculation } from '../../contracts/sandbox/metric-words.ts'
import type { Exemplar, MetricAnswer, MetricGroup } from '../../contracts/sandbox/metrics.ts'
import type { Dot } from '../charts/chart-dots.tsx'
import { lineStyle } from '../charts/swatch.tsx'
import { isDistribution } from './metric-words.ts'

// An answer about a metric as charts draw it.

/** Attribute values come from senders. Characters */
const MAX_LABEL = 300

/** The groups in the order of the answer. */
export function drawnGroups({ groups }: Pick<MetricAnswer, 'groups'>): DrawnGroup[] {
  return groups.map(({ key }) => ({ key: JSON.stringify(key), label: groupLabel(key) }))
}

export function groupLabel(key: MetricGroup['key']): string {
  return key.map(valueLabel).join(', ').slice(0, MAX_LABEL) || 'All time series'
}

/** A value of an attribute; null where the time series have none. */
export function valueLabel(value: string | null): string {
  if (value === null) return '(none)'
  return value === '' ? '(empty)' : value.slice(0, MAX_LABEL)
}

export function linesOf(
  { groups, range }: Pick<MetricAnswer, 'groups' | 'range'>,
  calculations: readonly MetricCalculation[],
): Lines {
  const starts = bucketStarts(range)
  const drawn = groups.slice(0, DRAWN_GROUPS)
  const values = calculations.map(
    (calculation) => [calculation, drawn.map((group) => group.values[calculation] ?? [])] as const,
  )
  return { starts, granularity: range.granularity, values: new Map(values) }
}

/**
 * The exemplars whose trace can still be opened, at their value or, in a chart of rates and totals, at their group's line. Of
 * those of one step only the greatest of each group is drawn, or of each row where `rowOf` gives the row of a value: more
 * would hide the lines.
 */
export function dotsOf(
  answer: MetricAnswer,
  calculation: MetricCalculation,
  format: (value: number) => string,
  hrefOf: (exemplar: Exemplar) => string,
  rowOf?: (value: number) => number,
): Dot[] {
  const { metric, groups, range } = answer
  const hasOwnValue =
    isMetricPercentile(calculation) ||
    (isDistribution(metric) ? calculation === 'AVG' : metric.kind === 'gauge')
  return greatestOf(answer, rowOf).flatMap(({ exemplar, step }) => {
    const { atMs, value, group, spanId } = exemplar
    const at = hasOwnValue ? value : (groups[group]?.values[calculation]?.[step] ?? null)
    if (at === null) return []
    const of = groupLabel(groups[group]?.key ?? [])
    const label = `${clock(atMs)} · ${hasOwnValue ? `${format(value)} · ` : ''}${of} · open its trace`
    // A chart of totals has its points in the middle of their steps.
    const atS = hasOwnValue ? atMs / 1_000 : range.start + (step + 0.5) * range.granularity
    const key = `${atMs} ${value} ${spanId} ${group}`
    return [{ key, at: atS, value: at, href: hrefOf(exemplar), label, colour: lineStyle(group).variable }]
  })
}

/** Of each step, the greatest exemplar of each group or row. */
function greatestOf({ exemplars, range }: MetricAnswer, rowOf: ((value: number) => number) | undefined) {
  const greatest = new Map<string, { readonly exemplar: Exemplar; readonly step: number }>()
  for (const exemplar of exemplars) {
    if (!exemplar.isStored || exemplar.traceId === '' || exemplar.group >= DRAWN_GROUPS) continue
    const step = Math.floor((exemplar.atMs / 1_000 - range.start) / range.granularity)
    const place = `${step} ${rowOf ? rowOf(exemplar.value) : exemplar.group}`
    const before = greatest.get(place)?.exemplar
    if (!before || exemplar.value > before.value) greatest.set(place, { exemplar, step })
  }
  return [...greatest.values()]
}
