import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { TraceLenses } from '../../contracts/sandbox/lenses.ts'
import type { Lens } from '../../contracts/trace-links.ts'
import { listKeys, useKeys, useTitle } from '../shell/browser.ts'
import { clock, duration, plural } from '../shell/format.ts'
import { LENS_NAMES, LENSES, providers } from '../shell/providers.ts'
import { fragment, hrefOf, navigate, path, query } from '../shell/router.ts'
import { percentOf, type Range, ticks, wholeRange } from './axis.ts'
import { criticalPath } from './critical-path.ts'
import { Details } from './details.tsx'
import { DifferenceList } from './difference-list.tsx'
import { differences } from './differences.ts'
import { LensPanel } from './lens-panel.tsx'
import { linkTo } from './live-links.ts'
import { RawDocuments } from './raw-documents.tsx'
import { RollbarLane } from './rollbar-lane.tsx'
import {
  colours,
  type PlacedRow,
  placeRows,
  rowMatcher,
  segmentRows,
  selectedIndex,
  spanRows,
} from './rows.ts'
import { TimeAxis } from './time-axis.tsx'
import { TraceHead } from './trace-head.tsx'
import { useTrace } from './use-trace.ts'
import { wayBack } from './way-back.ts'

export function TracePage({ id }: { readonly id: string }) {
  const { trace, error } = useTrace(id)
  useTitle(trace?.spans[0]?.name ?? trace?.segments[0]?.name ?? `Trace ${id}`)
  if (error && !trace)
    return (
      <p class="empty" role="alert">
        {error}
      </p>
    )
  if (!trace) return <p class="empty">Loading</p>
  const { spans, segments, occurrences, logs } = trace
  if ([spans, segments, occurrences, logs].every(({ length }) => length === 0)) return <Gone trace={trace} />
  return <Trace trace={trace} />
}

function Trace({ trace }: { readonly trace: TraceLenses }) {
  const [withLogs, setWithLogs] = useState(true)
  const [withCritical, setWithCritical] = useState(true)
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set())
  const [zoom, setZoom] = useState<Range>()
  const [search, setSearch] = useState('')
  /** Where the keyboard moves the cursor, if the lens has rows. */
  const [keyLens, setKeyLens] = useState<Lens>('honeycomb')
  const searchBox = useRef<HTMLInputElement>(null)
  const panels = useRef<HTMLDivElement>(null)

  /** The key of a selected log record or occurrence; empty where a span is selected. */
  const [recordKey, setRecordKey] = useState('')
  const spanId = query.value.get('span') ?? ''
  const selection = { id: spanId, key: recordKey || spanId }

  const spans = useMemo(() => placeRows(spanRows(trace, withLogs), folded), [trace, withLogs, folded])
  const segments = useMemo(() => placeRows(segmentRows(trace), folded), [trace, folded])
  const spanIds = useMemo(() => idsOf(trace.spans), [trace])
  const segmentIds = useMemo(() => idsOf(trace.segments), [trace])
  const critical = useMemo(() => criticalPath(spanRows(trace, false)), [trace])
  const criticalXRay = useMemo(() => criticalPath(segmentRows(trace)), [trace])
  const colourOf = useMemo(() => colours(trace), [trace])
  const matches = useMemo(() => rowMatcher(trace, search), [trace, search])
  const whole = useMemo(() => wholeRange(trace), [trace])
  const range = zoom ?? whole
  const providersRead = providers.value
  const differencesFound = useMemo(() => differences(trace, providersRead), [trace, providersRead])

  const select = (id: string, key = '') => {
    setRecordKey(key)
    const next = new URLSearchParams(query.value)
    if (id) next.set('span', id)
    else next.delete('span')
    navigate(hrefOf(path.value, next.toString(), fragment.value), { replaces: true })
  }
  const selectRow = (lens: Lens, row: PlacedRow) => {
    setKeyLens(lens)
    select(row.id, row.kind === 'log' ? row.key : '')
  }
  const fold = (rowId: string) =>
    setFolded((before) => {
      const next = new Set(before)
      if (!next.delete(rowId)) next.add(rowId)
      return next
    })

  useFragment(panels)
  const isInXRay = segments.length > 0 && (keyLens === 'xray' || spans.length === 0)
  const rows = isInXRay ? segments : spans
  const selectKeyRow = (row: PlacedRow | undefined) => row && selectRow(isInXRay ? 'xray' : 'honeycomb', row)
  const active = selectedIndex(rows, selection)
  const current = rows[active]
  useKeys({
    ...listKeys(rows.length, active, (index) => selectKeyRow(rows[index])),
    ArrowLeft: () => current?.hasChildren && !folded.has(current.id) && fold(current.id),
    // Unfolds, or else goes to the other lens.
    ArrowRight: () => {
      if (current?.hasChildren && folded.has(current.id)) return fold(current.id)
      setKeyLens(isInXRay ? 'honeycomb' : 'xray')
    },
    Enter: () => document.querySelector<HTMLElement>('.details input')?.focus(),
    '/': () => searchBox.current?.focus(),
    c: () => setWithCritical((before) => !before),
    l: () => setWithLogs((before) => !before),
    z: () => {
      if (zoom || !current) return setZoom(undefined)
      const margin = Math.max((current.endMs - current.startMs) * 0.1, 0.01)
      setZoom({ fromMs: current.startMs - margin, toMs: current.endMs + margin })
    },
    Escape: () => {
      if (search) setSearch('')
      else if (selection.key) select('')
      else navigate(wayBack().href)
    },
  })

  const common = { range, selection, matches, folded, onFold: fold, colourOf }
  const records = { honeycomb: trace.spans, xray: trace.segments, rollbar: trace.occurrences }
  const jumps = [
    ...LENSES.map((lens) => [lens, LENS_NAMES[lens], records[lens]] as const),
    ...(differencesFound.length > 0 ? [['differences', 'Differences', differencesFound] as const] : []),
  ]
  const subsegments = trace.segments.filter(({ isSubsegment }) => isSubsegment).length
  return (
    <div class={`trace ${selection.key ? 'with-details' : ''}`}>
      <TraceHead trace={trace} />
      <div class="line trace-tools">
        <label class="search">
          <span class="sr">Search spans, attributes, annotations and metadata</span>
          <input
            ref={searchBox}
            type="search"
            placeholder="Search names, attributes, annotations, metadata  ( / )"
            value={search}
            onInput={({ currentTarget }) => setSearch(currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key !== 'Escape' && event.key !== 'Enter') return
              event.currentTarget.blur()
              if (event.key === 'Enter') selectKeyRow(rows.find((row) => matches?.(row)))
            }}
          />
        </label>
        <label class="check">
          <input type="checkbox" checked={withCritical} onChange={() => setWithCritical(!withCritical)} />
          Critical path
        </label>
        <label class="check">
          <input type="checkbox" checked={withLogs} onChange={() => setWithLogs(!withLogs)} />
          Logs
        </label>
        <nav class="line lens-jumps" aria-label="Lenses">
          {jumps.map(([to, name, records]) => (
            <a key={to} class="jump" href={hrefOf(path.value, query.value.toString(), to)}>
              {name} <b>{records.length}</b>
            </a>
          ))}
        </nav>
      </div>
      <div class="trace-columns">
        <div class="trace-main">
          <div class="lenses" ref={panels}>
            <div class="axis-lines" aria-hidden="true">
              {ticks(range).map((atMs) => (
                <i key={atMs} style={{ left: `${percentOf(range, atMs)}%` }} />
              ))}
            </div>
            <TimeAxis range={range} isZoomed={zoom !== undefined} onZoom={setZoom} />
            <LensPanel
              {...common}
              lens="honeycomb"
              about={`${plural(trace.spans.length, 'span')}${trace.logs.length > 0 ? `, ${plural(trace.logs.length, 'log record')}` : ''}`}
              rows={spans}
              onSelect={(row) => selectRow('honeycomb', row)}
              otherIds={segmentIds}
              critical={withCritical ? critical : undefined}
              link={linkTo('honeycomb', trace, whole, providersRead)}
              empty={emptyText('honeycomb')}
            />
            <LensPanel
              {...common}
              lens="xray"
              about={`${plural(trace.documents, 'segment document')}, ${plural(subsegments, 'subsegment')}`}
              rows={segments}
              onSelect={(row) => selectRow('xray', row)}
              otherIds={spanIds}
              critical={withCritical ? criticalXRay : undefined}
              link={linkTo('xray', trace, whole, providersRead)}
              empty={emptyText('xray')}
            />
            <RollbarLane
              trace={trace}
              range={range}
              selection={selection}
              onSelect={select}
              empty={emptyText('rollbar')}
            />
          </div>
          <DifferenceList
            found={differencesFound}
            onSelect={(id) => select(id)}
            nameOf={(id) => nameOf(trace, id)}
          />
          <RawDocuments traceId={trace.traceId} />
        </div>
        {selection.key && <Details trace={trace} selection={selection} onClose={() => select('')} />}
      </div>
    </div>
  )
}

/** Undefined without records. */
function idsOf(records: readonly { readonly id: string }[]): ReadonlySet<string> | undefined {
  return records.length > 0 ? new Set(records.map(({ id }) => id)) : undefined
}

function nameOf(trace: TraceLenses, id: string): string {
  const name =
    trace.spans.find((span) => span.id === id)?.name ??
    trace.segments.find((segment) => segment.id === id)?.name
  return name?.slice(0, 60) ?? id
}

/** Scrolls the element that the address's fragment names (`#xray`, `#differences`) into view. */
function useFragment(panels: { readonly current: HTMLElement | null }): void {
  const wanted = fragment.value
  useEffect(() => {
    if (!/^[a-z]+$/.test(wanted)) return
    const target = document.getElementById(wanted)
    if (!target || !panels.current) return
    // Honeycomb is the first lens: at the top of the page, the page's head is visible too.
    if (wanted === 'honeycomb') document.querySelector('.shell')?.scrollTo({ top: 0 })
    else target.scrollIntoView({ block: 'start' })
    for (const lens of panels.current.querySelectorAll('.lens'))
      lens.classList.toggle('aimed', lens === target)
  }, [wanted, panels])
}

function emptyText(lens: Lens): string {
  const mode = providers.value?.[lens].mode
  if (mode === 'off') return 'Switched off.'
  if (mode === 'live') return 'Live: this provider’s records are in its own account, not in the sandbox.'
  if (lens === 'rollbar') return 'No error was sent. npm run verify sends a request that fails on purpose.'
  return lens === 'honeycomb' ? 'No span was sent here.' : 'No segment was sent here.'
}

function Gone({ trace }: { readonly trace: TraceLenses }) {
  const at = Number(query.value.get('at'))
  const seconds = Number.parseInt(trace.traceId.slice(0, 8), 16)
  const isPlausible = seconds > 1_500_000_000 && seconds * 1_000 < Date.now() + 86_400_000
  const whenMs = at || (isPlausible ? seconds * 1_000 : 0)
  return (
    <div class="empty">
      <h1>{trace.pruned ? 'This trace is pruned' : 'Nothing of this trace is here'}</h1>
      <p>
        <code>{trace.traceId}</code> <code>{trace.xrayTraceId}</code>
      </p>
      {trace.pruned ? (
        <p>
          The sandbox has deleted this trace to stay within its storage limits. It deletes the oldest traces
          first.
        </p>
      ) : (
        <p>
          It may not have been sampled, not have arrived yet (this page shows it when it does), or have gone
          to a live provider. <code>npm run verify</code> sends a request that is always kept.
        </p>
      )}
      {whenMs > 0 && (
        <p class="soft">
          By {at ? 'its link' : 'its id'} it started at {clock(whenMs)},{' '}
          {duration(Math.max(0, Date.now() - whenMs))} ago.
        </p>
      )}
      <p>
        <a href={hrefOf('')}>All requests</a>
      </p>
    </div>
  )
}
