import { useMemo, useRef, useState } from 'preact/hooks'
import { count, plural } from '../../../analysis/format.ts'
import { narrowable } from '../../../analysis/questions/question.ts'
import { formatNumber, unitOfColumn } from '../../../analysis/questions/values.ts'
import { timesInWords } from '../../../analysis/times.ts'
import type { BubbleUpAnswer, Difference, QueryAnswer, QueryInput } from '../../../contracts/sandbox/query.ts'
import { useMedia } from '../../shell/browser.ts'
import { Trouble } from '../../shell/page-head.tsx'
import { bubbleUpOf, type Compared, filteredTo, zoomedInto } from './compared.ts'
import { DimensionCard } from './dimension-card.tsx'
import { ExampleTraces } from './example-traces.tsx'
import { MeasureCard } from './measure-card.tsx'
import { useBubbleUp } from './use-bubble-up.ts'
import { useKeptFocus } from './use-kept-focus.ts'

/** Cards that are shown at once. */
const FIRST = 12
const FIRST_IN_NARROW = 6
const TRACES = 5
/** Below it no column tells the selection from the rest. */
const LEAST_SCORE = 0.1

interface Props {
  readonly dataset: string
  readonly question: QueryInput
  readonly answer: QueryAnswer
  readonly compared: Compared
  readonly onChange: (next: QueryInput) => void
  readonly onClose: () => void
}

/** What makes the selected events different from the others of the question. */
export function BubbleUp(props: Props) {
  const { dataset, question, answer, compared, onChange, onClose } = props
  const section = useRef<HTMLElement>(null)
  useKeptFocus(section, () => ['#bubble-up-title'])
  // Not again for each new answer to the same question: the cards stay as they are while they are used.
  const [again, setAgain] = useState(0)
  const of = useRef(answer)
  if (!section.current?.matches(':hover, :focus-within, :has([aria-expanded])')) of.current = answer
  const asked = useMemo(
    () => ({ range: answer.range, body: bubbleUpOf(compared, question, answer) }),
    [compared, JSON.stringify(question), of.current, again],
  )
  const { answer: found, error, isRunning } = useBubbleUp(dataset, asked.body)
  const { start, end } = asked.range
  return (
    <section ref={section} class="card bubble-up" aria-labelledby="bubble-up-title" aria-busy={isRunning}>
      <header class="line">
        <h2 id="bubble-up-title" tabIndex={-1}>
          What is different about <span class="inside-word">{nameOf(compared)}</span>
        </h2>
        <div class="choices bubble-up-actions">
          {compared.kind === 'area' && (
            <>
              <button type="button" onClick={() => onChange(zoomedInto(question, compared.area))}>
                Zoom into selection
              </button>
              <button
                type="button"
                title="Only events with its times and values. Nothing is left to compare them with"
                onClick={() => {
                  onClose()
                  onChange(filteredTo(question, compared.area))
                }}
              >
                Filter to selection{narrowable(question).note}
              </button>
            </>
          )}
          <button type="button" class="quiet" onClick={onClose}>
            Close
          </button>
        </div>
      </header>
      <div class="line legend">
        <p class="line" role="status">
          {found ? (
            <>
              <span>
                <i class="key inside" aria-hidden="true" /> {plural(found.inside, 'stored event')} inside
              </span>
              <span>
                <i class="key outside" aria-hidden="true" /> {count(found.outside)} outside
              </span>
            </>
          ) : (
            <span class="soft">{isRunning ? 'Comparing every column' : ''}</span>
          )}
        </p>
        <span class="soft small">events of {timesInWords(start, end)}</span>
        {end !== answer.range.end && (
          <button type="button" class="link small" onClick={() => setAgain(again + 1)}>
            Compare again
          </button>
        )}
      </div>
      <Trouble text={error} />
      {found && <Advice {...found} />}
      {found && found.inside > 0 && found.outside > 0 && <Found {...{ found, question, onChange }} />}
    </section>
  )
}

interface FoundProps {
  readonly found: BubbleUpAnswer
  readonly question: QueryInput
  readonly onChange: (next: QueryInput) => void
}

function Found({ found, question, onChange }: FoundProps) {
  const [search, setSearch] = useState('')
  const needle = search.trim().toLowerCase()
  const matches = ({ name }: Difference) => name.toLowerCase().includes(needle)
  const [dimensions, measures] = [found.dimensions.filter(matches), found.measures.filter(matches)]
  return (
    <>
      <label class="find-column">
        <span class="sr">Find a column by its name</span>
        <input
          type="search"
          placeholder="Find a column"
          value={search}
          onInput={({ currentTarget }) => setSearch(currentTarget.value)}
        />
      </label>
      <Cards title="Dimensions" columns={dimensions} isNarrowed={needle !== ''}>
        {(difference) => <DimensionCard {...{ difference, question, onChange }} />}
      </Cards>
      <Cards title="Measures" columns={measures} isNarrowed={needle !== ''}>
        {(difference) => <MeasureCard {...{ difference, question, onChange }} />}
      </Cards>
      <ExampleTraces
        heading="h3"
        title="Traces of the selection, the slowest first"
        traces={found.traces.slice(0, TRACES)}
      />
    </>
  )
}

interface CardsProps {
  readonly title: string
  readonly columns: readonly Difference[]
  readonly isNarrowed: boolean
  readonly children: (difference: Difference) => preact.ComponentChildren
}

function Cards({ title, columns, isNarrowed, children }: CardsProps) {
  const [showsAll, setShowsAll] = useState(false)
  const first = useMedia('(max-width: 45rem)') ? FIRST_IN_NARROW : FIRST
  const shown = showsAll ? columns : columns.slice(0, first)
  if (columns.length === 0) return isNarrowed ? null : <p class="soft small">No {title.toLowerCase()}.</p>
  return (
    <section aria-label={title}>
      <h3 class="cards-title">
        {title} <span class="soft">{columns.length}</span>
      </h3>
      <ul class="difference-cards">
        {shown.map((difference) => (
          <li key={difference.name} class="difference-card">
            {children(difference)}
          </li>
        ))}
      </ul>
      {columns.length > first && (
        <button type="button" onClick={() => setShowsAll(!showsAll)}>
          {showsAll ? `Show the first ${first}` : `Show all ${count(columns.length)}`}
        </button>
      )}
    </section>
  )
}

function Advice(found: BubbleUpAnswer) {
  const text = adviceOf(found)
  return text ? <p class="note">{text}</p> : null
}

function adviceOf({ inside, outside, dimensions, measures }: BubbleUpAnswer): string {
  if (inside === 0) return 'No event of the question is in the selection.'
  if (outside === 0)
    return 'Every event of the question is in the selection: nothing is left to compare it with.'
  const best = Math.max(0, ...[...dimensions, ...measures].map(({ score }) => score))
  return best < LEAST_SCORE
    ? 'No column differs much between the two: the selected events look like all others.'
    : ''
}

function nameOf(compared: Compared): string {
  if (compared.kind === 'group') return compared.label
  const { column, start, end, min, max } = compared.area
  const unit = unitOfColumn(column)
  return `${column} ${formatNumber(min, unit)} – ${formatNumber(max, unit)}, ${timesInWords(start, end)}`
}
