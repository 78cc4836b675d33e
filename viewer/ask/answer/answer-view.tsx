import { type Signal, signal } from '@preact/signals'
import { useEffect, useMemo, useRef } from 'preact/hooks'
import { count } from '../../../analysis/format.ts'
import { type Group, groupsOf } from '../../../analysis/questions/groups.ts'
import { DRAWN_GROUPS } from '../../../analysis/questions/lines.ts'
import { withTimes } from '../../../analysis/questions/question.ts'
import { linesOf } from '../../../analysis/questions/series.ts'
import { formatNumber, formatOfColumn, shownCalculations } from '../../../analysis/questions/values.ts'
import { timesBetween } from '../../../analysis/times.ts'
import type { Heatmap, QueryAnswer, QueryInput } from '../../../contracts/sandbox/query.ts'
import type { Area } from '../../charts/area.ts'
import { HeatmapView } from '../../charts/heatmap-view.tsx'
import { TimeChart } from '../../charts/time-chart.tsx'
import { MenuPlace } from '../../shell/menu.tsx'
import { AnswerFoot } from './answer-foot.tsx'
import { BubbleUp } from './bubble-up.tsx'
import { comparedGroup } from './compared.ts'
import { ExampleTraces } from './example-traces.tsx'
import { ResultTable } from './result-table.tsx'
import { SelectByNumbers } from './select-by-numbers.tsx'
import { TimeReset } from './time-reset.tsx'
import { useCompared } from './use-compared.ts'
import { useKeptFocus } from './use-kept-focus.ts'

interface Props {
  readonly dataset: string
  /** As in the address. */
  readonly question: QueryInput
  readonly answer: QueryAnswer
  /** A newer question is running. */
  readonly isStale: boolean
  readonly onChange: (next: QueryInput) => void
}

/** The answer of a question: charts and heatmaps, what makes a selection different, the table, and example traces. */
export function AnswerView({ dataset, question, answer, isStale, onChange }: Props) {
  const [compared, setCompared] = useCompared(dataset, question, answer)
  const box = useRef<HTMLDivElement>(null)
  useKeptFocus(box, (focused) =>
    focused.closest('.results') ? ['.group-button'] : ['.heat-plot', '.group-button'],
  )
  // Children keep this function, so that a new one does not render them again.
  const latest = useRef(onChange)
  latest.current = onChange
  const change = useMemo(() => (next: QueryInput) => latest.current(next), [])

  const panel = useRef<HTMLDivElement>(null)
  const close = () => setCompared(undefined)
  const isNewGroup = useRef(false)
  useEffect(() => {
    if (!isNewGroup.current) return
    isNewGroup.current = false
    // The rows that were compared are below the panel.
    panel.current?.scrollIntoView({ block: 'nearest' })
    document.getElementById('bubble-up-title')?.focus({ preventScroll: true })
  }, [compared])

  const area = compared?.kind === 'area' ? compared.area : undefined
  const heatmaps = useMemo(
    () =>
      answer.heatmaps.map((heatmap) =>
        heatmap.edges.length < 2 ? (
          <p key={heatmap.name} class="soft">
            No heatmap of <b class="mono">{heatmap.column}</b>: no event that matches has a number in it.
          </p>
        ) : (
          <AnswerHeatmap
            key={heatmap.name}
            heatmap={heatmap}
            range={answer.range}
            area={area?.column === heatmap.column ? area : undefined}
            onSelect={(next) => setCompared(next && { kind: 'area', area: next })}
          />
        ),
      ),
    [answer, area],
  )
  // The question's clauses, as they were when this answer was made, come with a new answer.
  const results = useMemo(
    () => (
      <Results
        question={question}
        answer={answer}
        onChange={change}
        onCompare={(group) => {
          isNewGroup.current = true
          setCompared(comparedGroup(group))
        }}
      />
    ),
    [answer, question],
  )
  return (
    <div ref={box} class="answer" tabIndex={-1} aria-busy={isStale}>
      <TimeReset question={question} onChange={change} />
      {heatmaps.length > 0 && <section class="card heatmaps">{heatmaps}</section>}
      <div ref={panel}>
        {compared && (
          <BubbleUp {...{ dataset, question, answer, compared }} onChange={change} onClose={close} />
        )}
      </div>
      {results}
      <AnswerFoot answer={answer} hasGroups={(question.breakdowns?.length ?? 0) > 0} isStale={isStale} />
      <MenuPlace />
    </div>
  )
}

interface HeatmapProps {
  readonly heatmap: Heatmap
  readonly range: QueryAnswer['range']
  readonly area: Area | undefined
  readonly onSelect: (area: Area | undefined) => void
}

const COMPARING = { does: 'compares it with the rest', purpose: 'to compare its events with the rest' }

function AnswerHeatmap({ heatmap, range, area, onSelect }: HeatmapProps) {
  return (
    <HeatmapView
      {...{ heatmap, range, area, onSelect }}
      title={heatmap.column}
      format={formatOfColumn(heatmap.column)}
      counted="event"
      selecting={COMPARING}
    >
      <SelectByNumbers {...{ heatmap, range, area, onSelect }} />
    </HeatmapView>
  )
}

interface ResultsProps {
  readonly question: QueryInput
  readonly answer: QueryAnswer
  readonly onChange: (next: QueryInput) => void
  readonly onCompare: (group: Group) => void
}

/** Charts, table and traces. */
function Results({ question, answer, onChange, onCompare }: ResultsProps) {
  const breakdowns = question.breakdowns ?? []
  const calculations = useMemo(() => shownCalculations(question), [question])
  const groups = useMemo(() => groupsOf(answer, breakdowns), [answer])
  const lines = useMemo(
    () =>
      linesOf(
        answer,
        groups,
        breakdowns,
        calculations.map(({ name }) => name),
      ),
    [answer],
  )
  const highlighted: Signal<number> = useMemo(() => signal(-1), [])
  const drawn = useMemo(() => groups.slice(0, DRAWN_GROUPS), [groups])
  // HAVING and LIMIT leave out groups of the result, not events.
  const areAllShown = answer.results.length >= answer.groupCount
  const isTableNeeded = groups.length > 0 && (calculations.length > 0 || breakdowns.length > 0)
  return (
    <>
      {calculations.length > 0 && groups.length > 0 && (
        <section class="card time-charts" aria-label="Over time">
          {calculations.map((calculation) => (
            <TimeChart
              key={calculation.name}
              name={calculation.name}
              title={calculation.name}
              {...{ lines, highlighted }}
              groups={drawn}
              format={(value) => formatNumber(value, calculation.unit)}
              nothing="No events"
              onZoom={(start, end) => onChange(withTimes(question, timesBetween(start, end)))}
            />
          ))}
          {groups.length > drawn.length && (
            <p class="soft small">
              The first {DRAWN_GROUPS} of {count(groups.length)} groups have a line. Order or filter the
              groups to see others.
            </p>
          )}
        </section>
      )}
      {isTableNeeded && (
        <ResultTable
          {...{ question, answer, groups, calculations, highlighted, onChange, onCompare }}
          hasLines={calculations.length > 0}
        />
      )}
      {answer.traces.length > 0 && (
        <section class="card">
          <ExampleTraces
            heading="h2"
            title={`Example traces${areAllShown ? '' : ' of all matching events'}, the slowest first`}
            traces={answer.traces}
          />
        </section>
      )}
    </>
  )
}
