import { signal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { duration, plural } from '../../../analysis/format.ts'
import type { RequestRow } from '../../../contracts/sandbox/lists.ts'
import { LENS_NAMES, type Lens } from '../../../contracts/trace-links.ts'
import { hrefOfHelp } from '../../help/links-to-help.ts'
import { Disclosure } from '../../shell/disclosure.tsx'
import { hrefOf } from '../../shell/router.ts'

/** Pixels; the width is that of .missing-note in style/requests.css. */
const WIDTH = 340
const HEIGHT = 300
const MARGIN = 8
/** Records of a request that ended longer ago have usually arrived. ms */
const ARRIVAL_MS = 60_000

interface Explained {
  readonly row: RequestRow
  readonly lens: Lens
  readonly badge: HTMLElement
}

/** The badge "missing" whose explanation is open. */
export const explained = signal<Explained | undefined>(undefined)

/** Opens the explanation at its badge, or closes it. */
export function explainMissing(row: RequestRow, lens: Lens, badge: HTMLElement): void {
  explained.value = explained.value?.badge === badge ? undefined : { row, lens, badge }
}

/** False if none is open. The focus goes back to the badge. */
export function closeExplanation(): boolean {
  const { value } = explained
  explained.value = undefined
  value?.badge.focus({ preventScroll: true })
  return value !== undefined
}

/** Why a provider has nothing of a request, beside the badge that says so. Escape or a click elsewhere closes it. */
export function MissingNote() {
  const note = useRef<HTMLDivElement>(null)
  const now = explained.value
  useEffect(() => {
    if (!now) return
    note.current?.focus({ preventScroll: true })
    const leave = ({ target }: Event) => {
      if (target instanceof Node && (note.current?.contains(target) || now.badge.contains(target))) return
      explained.value = undefined
    }
    const events = ['pointerdown', 'scroll', 'resize'] as const
    for (const event of events) addEventListener(event, leave, { capture: true })
    return () => {
      for (const event of events) removeEventListener(event, leave, { capture: true })
    }
  }, [now])
  useEffect(
    () => () => {
      explained.value = undefined
    },
    [],
  )
  if (!now) return null
  const { row, lens } = now
  const name = LENS_NAMES[lens]
  const [unit, other] = lens === 'xray' ? (['segment', 'Honeycomb'] as const) : (['span', 'X-Ray'] as const)
  const received = lens === 'xray' ? plural(row.spans, 'span') : plural(row.segments, 'segment')
  return (
    <div
      ref={note}
      class="missing-note small"
      role="dialog"
      aria-label={`Why ${name} is missing`}
      tabIndex={-1}
      style={placeAt(now.badge.getBoundingClientRect())}
    >
      <p>
        <b>
          {name} has received no {unit} of this request.
        </b>{' '}
        {other} has {received}.
      </p>
      <Reasons name={name} unit={unit} endedMsAgo={Date.now() - row.startMs - row.durationMs} />
      <p class="line">
        <a href={hrefOf('providers')}>Providers: what arrives</a>
        <a href={hrefOf(`trace/${row.traceId}`)}>Open the request</a>
        <button type="button" class="link" onClick={closeExplanation}>
          Close
        </button>
      </p>
    </div>
  )
}

/** What the amber badge means, for a list that has one. */
export function MissingLegend() {
  return (
    <div class="line missing-legend">
      <span>
        <b class="s4">missing</b>: of Honeycomb and X-Ray only the other one has received it
      </span>
      <Disclosure name="Why?">
        {() => (
          <>
            <p>
              A request is <b class="s4">missing</b> at Honeycomb or X-Ray when only the other one has
              received it.
            </p>
            <Reasons name="The provider" unit="record" />
            <p>
              <a href={hrefOf('providers')}>Providers: what arrives</a>
            </p>
          </>
        )}
      </Disclosure>
    </div>
  )
}

interface ReasonsProps {
  readonly name: string
  readonly unit: string
  readonly endedMsAgo?: number
}

function Reasons({ name, unit, endedMsAgo }: ReasonsProps) {
  const isFresh = endedMsAgo === undefined || endedMsAgo < ARRIVAL_MS
  return (
    <>
      <p>Likely reasons:</p>
      <ul>
        {isFresh && (
          <li>
            <b>Not arrived yet.</b>{' '}
            {endedMsAgo === undefined || endedMsAgo < 0
              ? 'Records arrive some seconds after the request.'
              : `The request ended ${duration(Math.round(endedMsAgo / 1_000) * 1_000)} ago.`}
          </li>
        )}
        <li>
          <b>Under another trace id.</b> Where two of the app’s libraries each make one, the request is in the
          list twice: <a href={hrefOfHelp('two-rows', 'make-it-one')}>how to make it one</a>.
        </li>
        <li>
          <b>Not sampled.</b> X-Ray’s SDK keeps one request a second and 5 % of the rest, unless a rule says
          otherwise. OpenTelemetry keeps all, unless its sampler says otherwise.
        </li>
        <li>
          <b>Off or live at that time.</b> {name} was switched off, or its records went to the real provider.
        </li>
        <li>
          <b>Lost or never sent.</b> A service without this exporter sends no {unit}; a full queue or the
          daemon can drop it.
        </li>
      </ul>
    </>
  )
}

/** Below the badge, or above it where there is no room; always within the window. */
function placeAt({ right, top, bottom }: DOMRect) {
  const left = Math.max(MARGIN, Math.min(right - WIDTH, innerWidth - WIDTH - MARGIN))
  const isBelow = bottom + HEIGHT < innerHeight || bottom < innerHeight / 2
  return {
    left: `${left}px`,
    ...(isBelow ? { top: `${bottom + 4}px` } : { bottom: `${innerHeight - top + 4}px` }),
  }
}
