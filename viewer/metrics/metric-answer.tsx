import { type Signal, signal } from '@preact/signals'
import { useMemo } from 'preact/hooks'
import { DRAWN_GROUPS, type Lines } from '../../analysis/questions/lines.ts'
import { timesBetween } from '../../analysis/times.ts'
import { isMetricPercentile, type MetricCalculation } from '../../contracts/sandbox/metric-words.ts'
import type { MetricAnswer, MetricQuestion } from '../../contracts/sandbox/metrics.ts'
import { HeatmapView } from '../charts/heatmap-view.tsx'
import { placeOfValue, rowOfValue } from '../charts/scales.ts'
import { TimeChart } from '../charts/time-chart.tsx'
import { MenuPlace } from '../shell/menu.tsx'
import { hrefOfSpan } from '../shell/router.ts'
import { ExemplarList } from './exemplar-list.tsx'
import { explanation, hasGap } from './explanation.ts'
import { GroupTable } from './group-table.tsx'
import { dotsOf, drawnGroups, linesOf } from './metric-lines.ts'
import { withTimes } from './metric-question.ts'
import { calculationWords, formatOf } from './metric-words.ts'

const ZOOMING = { does: 'zooms into its time', purpose: 'to zoom into its time' }

interface Props {
  /** With its calculations. */
  readonly question: MetricQuestion
  readonly answer: MetricAnswer
  readonly onQuestion: (question: MetricQuestion) => void
}

/** A chart for each calculation, each with what it shows, the totals of the groups, and the traces behind them. */
export function MetricAnswerView({ question, answer, onQuestion }: Props) {
  const { metric } = answer
  const all = question.calculations ?? []
  const calculations = all.filter((calculation) => calculation !== 'HEATMAP')
  const lines = useMemo(() => linesOf(answer, calculations), [answer])
  const highlighted: Signal<number> = useMemo(() => signal(-1), [])
  const zoom = (start: number, end: number) => onQuestion(withTimes(question, timesBetween(start, end)))
  return (
    <div class="answer">
      {all.map((calculation) => (
        <section
          key={calculation}
          class="card metric-chart"
          aria-label={calculationWords(calculation, metric)}
        >
          {calculation === 'HEATMAP' ? (
            <MetricHeatmap answer={answer} onZoom={zoom} />
          ) : (
            <MetricTimeChart {...{ calculation, answer, lines, highlighted }} onZoom={zoom} />
          )}
        </section>
      ))}
      {calculations.length > 0 && (
        <GroupTable {...{ question, answer, calculations, highlighted, onQuestion }} />
      )}
      <ExemplarList answer={answer} format={formatOf(metric, 'AVG').format} />
      <MenuPlace />
    </div>
  )
}

interface ChartProps {
  readonly calculation: MetricCalculation
  readonly answer: MetricAnswer
  readonly lines: Lines
  readonly highlighted: Signal<number>
  readonly onZoom: (start: number, end: number) => void
}

function MetricTimeChart({ calculation, answer, lines, highlighted, onZoom }: ChartProps) {
  const { metric } = answer
  const groups = useMemo(() => drawnGroups(answer).slice(0, DRAWN_GROUPS), [answer])
  const title = calculationWords(calculation, metric)
  const { format, short } = formatOf(metric, calculation)
  if (lines.values.get(calculation)?.every((line) => line.every((value) => value === null))) {
    return (
      <>
        <h2 class="mono">{title}</h2>
        <p class="soft small">
          {metric.kind === 'summary' && isMetricPercentile(calculation)
            ? `No value: the sender of this summary did not calculate ${title}. Choose another percentile.`
            : 'No value in this time range.'}
        </p>
      </>
    )
  }
  return (
    <TimeChart
      name={calculation}
      {...{ title, lines, groups, format, highlighted, onZoom }}
      formatOnAxis={short}
      nothing="No value"
      dots={dotsOf(answer, calculation, format, hrefOfSpan)}
    >
      <Explanation {...{ calculation, answer }} />
    </TimeChart>
  )
}

interface ExplanationProps {
  readonly calculation: MetricCalculation
  readonly answer: MetricAnswer
}

function Explanation({ calculation, answer }: ExplanationProps) {
  const isInterrupted = answer.groups
    .slice(0, DRAWN_GROUPS)
    .some(({ values }) => hasGap(values[calculation] ?? []))
  return (
    <p class="soft small explanation">
      {explanation(calculation, answer, Date.now() / 1_000).join(' ')}
      {isInterrupted && ' Where a line is interrupted, nothing is known: no point covers that time.'}
    </p>
  )
}

interface HeatmapProps {
  readonly answer: MetricAnswer
  readonly onZoom: (start: number, end: number) => void
}

function MetricHeatmap({ answer, onZoom }: HeatmapProps) {
  const { heatmap, metric, range } = answer
  const { format, short } = formatOf(metric, 'HEATMAP')
  if (!heatmap || heatmap.edges.length < 2) {
    return (
      <>
        <h2 class="mono">heatmap</h2>
        <p class="soft">No heatmap: no value in this time range has a bucket.</p>
      </>
    )
  }
  const dots = dotsOf(answer, 'P95', format, hrefOfSpan, (value) => rowOfValue(heatmap.edges, value))
  const length = range.end - range.start
  return (
    <HeatmapView
      {...{ heatmap, range, format }}
      formatOnAxis={short}
      title={metric.name.slice(0, 300)}
      heading="heatmap"
      counted="value"
      selecting={ZOOMING}
      area={undefined}
      onSelect={(area) => area && onZoom(area.start, area.end)}
      marks={dots.map(({ key, at, value, href, label }) => (
        <a
          key={key}
          class="chart-dot"
          href={href}
          title={label}
          tabIndex={-1}
          draggable={false}
          style={{
            left: `${((at - range.start) / length) * 100}%`,
            top: `${(1 - placeOfValue(heatmap, value)) * 100}%`,
          }}
        >
          <span class="sr">{label}</span>
        </a>
      ))}
    >
      <Explanation calculation="HEATMAP" answer={answer} />
    </HeatmapView>
  )
}
