import { useMemo, useState } from 'preact/hooks'
import { differs } from '../../analysis/compare/changes.ts'
import { pathSpans } from '../../analysis/compare/path-spans.ts'
import { traceFacts } from '../../analysis/compare/trace-facts.ts'
import { clock, duration, plural } from '../../analysis/format.ts'
import { recordedRange } from '../../analysis/trace/axis.ts'
import { routesOf } from '../../analysis/trace/route-finder.ts'
import type { TraceLenses } from '../../contracts/sandbox/lenses.ts'
import type { TracePeers } from '../../contracts/sandbox/lists.ts'
import { useRead } from '../shell/api.ts'
import { hrefOf } from '../shell/router.ts'
import type { SideState } from './use-side.ts'

interface Props {
  readonly letter: 'A' | 'B'
  /** As the address has it. */
  readonly id: string
  readonly side: SideState
  /** The trace with which this one is compared. */
  readonly other: SideState
  readonly onChoose: (id: string) => void
}

/** One of the two traces, and how to choose another one. */
export function SideCard({ letter, id, side, other, onChoose }: Props) {
  const isHere = side.state === 'here'
  return (
    <section class="card compare-side" aria-label={`Trace ${letter}`}>
      <b class={`side-letter side-${letter.toLowerCase()}`} aria-hidden="true">
        {letter}
      </b>
      <div class="compare-side-body">
        <SideHead letter={letter} id={id} side={side} />
        <Peers letter={letter} side={side} other={other} onChoose={onChoose} />
        {isHere ? (
          <details>
            <summary class="soft small">Another trace id</summary>
            <ChooseForm letter={letter} onChoose={onChoose} />
          </details>
        ) : (
          <ChooseForm letter={letter} onChoose={onChoose} />
        )}
      </div>
    </section>
  )
}

function SideHead({ letter, id, side }: Pick<Props, 'letter' | 'id' | 'side'>) {
  if (side.state === 'none') return <h2>{letter} is not chosen yet</h2>
  if (side.state === 'loading') return <h2>Loading</h2>
  if (side.state === 'wrong')
    return (
      <div role="alert">
        <h2>{letter} cannot be read</h2>
        <p class="bad">{side.why.slice(0, 300)}</p>
      </div>
    )
  const { state, trace } = side
  if (state === 'here') return <TraceLine letter={letter} id={id} trace={trace} />
  return (
    <div role="status">
      <h2>{state === 'pruned' ? `${letter} is pruned` : `${letter} has no spans here`}</h2>
      <p class="soft">
        <code>{trace.traceId}</code>
      </p>
      <p>
        {state === 'pruned' ? PRUNED : isSampledOut(trace) ? SAMPLED_OUT : MISSING} Choose another one below.
      </p>
    </div>
  )
}

const PRUNED = 'The sandbox has deleted this trace to stay within its storage limits.'
const SAMPLED_OUT = 'Its logs or errors arrived, but no span or segment: it was not sampled.'
const MISSING =
  'It may not have been sampled, not have arrived yet (this page shows it when it does), or have gone to a live provider.'

function isSampledOut({ logs, occurrences }: TraceLenses): boolean {
  return logs.length > 0 || occurrences.length > 0
}

/** In either notation. */
const TRACE_ID = /\b(?:1-[\da-f]{8}-[\da-f]{24}|[\da-f]{32})\b/i

interface TraceLineProps {
  readonly letter: string
  readonly id: string
  readonly trace: TraceLenses
}

function TraceLine({ letter, id, trace }: TraceLineProps) {
  const facts = useMemo(() => {
    const lens = trace.spans.length > 0 ? 'honeycomb' : 'xray'
    return traceFacts(trace, lens, pathSpans(trace, lens, routesOf([trace])))
  }, [trace])
  const range = recordedRange(trace.spans, trace.segments)
  const wholeMs = range ? range.toMs - range.fromMs : 0
  return (
    <>
      <h2>
        <a class="cut" href={hrefOf(`trace/${trace.traceId}`)} title={facts.name}>
          <span class="sr">{letter}: </span>
          {facts.name.slice(0, 200) || id}
        </a>
        {facts.status ? (
          <b class={`status s${String(facts.status)[0]}`}>{facts.status}</b>
        ) : (
          facts.isError && <b class="status bad">error</b>
        )}
        {trace.pruned && <em class="tag">partly pruned</em>}
      </h2>
      <p class="line compare-facts soft">
        <b>{duration(facts.durationMs)}</b>
        {differs(facts.durationMs, wholeMs) && <span>{duration(wholeMs)} with all that followed</span>}
        <span>{clock(trace.originMs, { milliseconds: true })}</span>
        <span>{plural(trace.spans.length, 'span')}</span>
        <span>{plural(trace.segments.length, 'segment or subsegment', 'segments and subsegments')}</span>
        <code>{trace.traceId}</code>
      </p>
    </>
  )
}

/** A fast and a slow trace of the route: of the other trace's, because the two are to be compared. */
function Peers({ letter, side, other, onChoose }: Omit<Props, 'id'>) {
  const of = [other, side].flatMap((one) => (one.state === 'here' ? [one.trace.traceId] : []))
  const [reference] = of
  const { value } = useRead<TracePeers | { message?: string }>(
    reference ? `sandbox/traces/${reference}/peers` : undefined,
  )
  if (!value || !('route' in value)) return null
  const isShown = (traceId: string) => of.includes(traceId)
  const choices = [
    ['a fast one', value.fast],
    ['a slow one', value.slow],
  ] as const
  const found = choices.flatMap(([name, row]) => (row && !isShown(row.traceId) ? [[name, row] as const] : []))
  if (found.length === 0) return null
  return (
    <p class="line small">
      <span class="soft">Instead, of {value.route.slice(0, 80)}:</span>
      {found.map(([name, row]) => (
        <button
          key={name}
          type="button"
          class="link"
          aria-label={`For ${letter}, ${name} of ${value.route.slice(0, 80)}: ${duration(row.durationMs)}`}
          onClick={() => onChoose(row.traceId)}
        >
          {name} ({duration(row.durationMs)})
        </button>
      ))}
    </p>
  )
}

function ChooseForm({ letter, onChoose }: Pick<Props, 'letter' | 'onChoose'>) {
  const [typed, setTyped] = useState('')
  return (
    <form
      class="line compare-choose"
      onSubmit={(event) => {
        event.preventDefault()
        const text = typed.trim()
        if (!text) return
        // An address of the trace, or TRACE/SPAN as the trace page copies it, has the id within it.
        onChoose(TRACE_ID.exec(text)?.[0] ?? text)
        setTyped('')
      }}
    >
      <label>
        <span class="sr">Trace id for {letter}, as Honeycomb or as X-Ray writes it</span>
        <input
          class="mono"
          placeholder="Trace id, as Honeycomb or as X-Ray writes it"
          value={typed}
          onInput={({ currentTarget }) => setTyped(currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key !== 'Escape') return
            // The page's own Escape would leave it.
            event.preventDefault()
            event.currentTarget.blur()
          }}
        />
      </label>
      <button type="submit">Use as {letter}</button>
    </form>
  )
}
