import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { TraceLenses } from '../../contracts/sandbox/lenses.ts'
import { listKeys, useKeys, useTitle } from '../shell/browser.ts'
import { clock, duration, plural } from '../shell/format.ts'
import { LENSES, type Lens, providers } from '../shell/providers.ts'
import { fragment, hrefOf, navigate, path, query } from '../shell/router.ts'
import { percentOf, type Range, ticks, wholeRange } from './axis.ts'
import { criticalPath } from './critical-path.ts'
import { Details } from './details.tsx'
import { DifferenceList } from './difference-list.tsx'
import { differences } from './differences.ts'
import { LensPanel } from './lens-panel.tsx'
import { linkTo, linkToOccurrence } from './live-links.ts'
import { RawDocuments } from './raw-documents.tsx'
import { RollbarLane } from './rollbar-lane.tsx'
import { colours, type PlacedRow, placeRows, rowMatcher, segmentRows, spanRows } from './rows.ts'
import { TimeAxis } from './time-axis.tsx'
import { TraceHead } from './trace-head.tsx'
import { useTrace } from './use-trace.ts'

export function TracePage({ id }: { readonly id: string }) {
  const { trace, isThere, error } = useTrace(id)
  useTitle(trace?.spans[0]?.name ?? trace?.segments[0]?.name ?? `Trace ${id}`)
  if (error && !trace)
    return (
      <p class="empty" role="alert">
        {error}
      </p>
    )
  if (!trace) return <p class="empty">Loading</p>
  if (!isThere) return <Gone trace={trace} />
  return <Trace trace={trace} />
}

function Trace({ trace }: { readonly trace: TraceLenses }) {
  const [withLogs, setWithLogs] = useState(true)
  const [withCritical, setWithCritical] = useState(true)
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set())
  const [zoom, setZoom] = useState<Range>()
  const [search, setSearch] = useState('')
  const [lens, setLens] = useState<Lens>('honeycomb')
  const searchBox = useRef<HTMLInputElement>(null)
  const panels = useRef<HTMLDivElement>(null)

  const selectedId = query.value.get('span') ?? ''
  const [otherKey, setOtherKey] = useState('')
  const selectedKey = otherKey || selectedId

  const spans = useMemo(() => placeRows(spanRows(trace, withLogs), folded), [trace, withLogs, folded])
  const segments = useMemo(() => placeRows(segmentRows(trace), folded), [trace, folded])
  const spanIds = useMemo(() => new Set(trace.spans.map((span) => span.id)), [trace])
  const segmentIds = useMemo(() => new Set(trace.segments.map((segment) => segment.id)), [trace])
  const critical = useMemo(() => criticalPath(spanRows(trace, false)), [trace])
  const criticalXRay = useMemo(() => criticalPath(segmentRows(trace)), [trace])
  const colourOf = useMemo(() => colours(trace), [trace])
  const matches = useMemo(() => rowMatcher(trace, search), [trace, search])
  const whole = useMemo(() => wholeRange(trace), [trace])
  const range = zoom ?? whole
  const found = useMemo(() => differences(trace, providers.value), [trace, providers.value])

  const select = (spanId: string, key = '') => {
    setOtherKey(key)
    const next = new URLSearchParams(query.value)
    if (spanId) next.set('span', spanId)
    else next.delete('span')
    navigate(hrefOf(path.value, next.toString(), fragment.value), { replaces: true })
  }
  const selectRow = (own: Lens) => (row: PlacedRow) => {
    setLens(own)
    select(row.id, row.kind === 'log' ? row.key : '')
  }
  const fold = (rowId: string) =>
    setFolded((before) => {
      const next = new Set(before)
      if (!next.delete(rowId)) next.add(rowId)
      return next
    })

  useFragment(panels)
  const rows = lens === 'xray' && segments.length > 0 ? segments : spans.length > 0 ? spans : segments
  const at = rows.findIndex(
    ({ key, id: rowId, kind }) =>
      key === selectedKey || (!otherKey && rowId === selectedId && kind !== 'log'),
  )
  const move = (by: number) => {
    const next = rows[Math.max(0, Math.min(rows.length - 1, at < 0 ? 0 : at + by))]
    if (next) selectRow(rows === segments ? 'xray' : 'honeycomb')(next)
  }
  const current = rows[at]
  useKeys({
    ...listKeys(move),
    PageDown: () => move(15),
    PageUp: () => move(-15),
    Home: () => move(-rows.length),
    End: () => move(rows.length),
    ArrowLeft: () => current?.hasChildren && !folded.has(current.id) && fold(current.id),
    ArrowRight: () => {
      if (current?.hasChildren && folded.has(current.id)) return fold(current.id)
      setLens(rows === spans && segments.length > 0 ? 'xray' : 'honeycomb')
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
      else if (selectedKey) select('')
      else navigate(hrefOf(''))
    },
  })

  const common = {
    range,
    selectedKey,
    selectedId,
    matches,
    folded,
    onFold: fold,
    colourOf,
  }
  const modes = providers.value
  return (
    <div class={`trace ${selectedKey ? 'with-details' : ''}`}>
      <TraceHead trace={trace} range={whole} />
      <div class="trace-tools">
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
              const first = event.key === 'Enter' && rows.find((row) => matches?.(row))
              if (first) selectRow(rows === segments ? 'xray' : 'honeycomb')(first)
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
        <nav class="lens-jumps" aria-label="Lenses">
          {LENSES.map((name) => (
            <a key={name} class={`jump jump-${name}`} href={hrefOf(path.value, query.value.toString(), name)}>
              {{ honeycomb: 'Honeycomb', xray: 'X-Ray', rollbar: 'Rollbar' }[name]}{' '}
              <b>
                {{ honeycomb: trace.spans, xray: trace.segments, rollbar: trace.occurrences }[name].length}
              </b>
            </a>
          ))}
          {found.length > 0 && (
            <a class="jump" href={hrefOf(path.value, query.value.toString(), 'differences')}>
              Differences <b>{found.length}</b>
            </a>
          )}
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
              onSelect={selectRow('honeycomb')}
              others={segmentIds.size > 0 ? segmentIds : undefined}
              critical={withCritical ? critical : undefined}
              link={linkTo('honeycomb', trace, whole, modes)}
              empty={emptyText('honeycomb', modes?.honeycomb.mode)}
            />
            <LensPanel
              {...common}
              lens="xray"
              about={`${plural(trace.documents, 'segment document')}, ${plural(trace.segments.filter(({ isSubsegment }) => isSubsegment).length, 'subsegment')}`}
              rows={segments}
              onSelect={selectRow('xray')}
              others={spanIds.size > 0 ? spanIds : undefined}
              critical={withCritical ? criticalXRay : undefined}
              link={linkTo('xray', trace, whole, modes)}
              empty={emptyText('xray', modes?.xray.mode)}
            />
            <RollbarLane
              trace={trace}
              range={range}
              selectedId={selectedId}
              selectedKey={selectedKey}
              onSelect={(spanId, uuid) => select(spanId, uuid)}
              linkOf={(uuid) => linkToOccurrence(uuid, modes)}
              empty={emptyText('rollbar', modes?.rollbar.mode)}
            />
          </div>
          <DifferenceList
            found={found}
            onSelect={(spanId) => select(spanId)}
            nameOf={(spanId) => nameOf(trace, spanId)}
          />
          <RawDocuments traceId={trace.traceId} />
        </div>
        {selectedKey && (
          <Details trace={trace} id={selectedId} selectedKey={selectedKey} onClose={() => select('')} />
        )}
      </div>
    </div>
  )
}

function nameOf(trace: TraceLenses, id: string): string {
  const name =
    trace.spans.find((span) => span.id === id)?.name ??
    trace.segments.find((segment) => segment.id === id)?.name
  return name?.slice(0, 60) ?? id
}

/** Scrolls the lens in the address (`#xray`) into view. */
function useFragment(panels: { readonly current: HTMLElement | null }): void {
  const wanted = fragment.value
  useEffect(() => {
    if (!/^[a-z]+$/.test(wanted)) return
    const target = document.getElementById(wanted)
    if (!target || !panels.current) return
    // The first lens is already below the head of the page.
    if (wanted === 'honeycomb') document.querySelector('.shell')?.scrollTo({ top: 0 })
    else target.scrollIntoView({ block: 'start' })
    for (const lens of panels.current.querySelectorAll('.lens'))
      lens.classList.toggle('aimed', lens === target)
  }, [wanted, panels])
}

function emptyText(lens: Lens, mode = 'local'): string {
  if (mode === 'off') return 'Switched off.'
  if (mode === 'live') return 'Live: what it was sent is with the provider, not here.'
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
          Pruned: this trace was here, and the sandbox has deleted it, because it keeps only so much. What
          came first goes first.
        </p>
      ) : (
        <p>
          It may not have been sampled, not have arrived yet (this page shows it when it does), or have gone
          to a live provider. <code>npm run verify</code> sends a request that is always kept.
        </p>
      )}
      {whenMs > 0 && (
        <p class="soft">
          By its link it is of {clock(whenMs)}, {duration(Math.max(0, Date.now() - whenMs))} ago.
        </p>
      )}
      <p>
        <a href={hrefOf('')}>All requests</a>
      </p>
    </div>
  )
}
