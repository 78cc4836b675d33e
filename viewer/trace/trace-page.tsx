import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { percentOf, type Range, ticks, wholeRange } from '../../analysis/trace/axis.ts'
import { errorBeside, errorIndex } from '../../analysis/trace/lens-tree.ts'
import { type PlacedRow, selectedIndex } from '../../analysis/trace/rows.ts'
import { isOpen, titleOf, visibleRows } from '../../analysis/trace/runs.ts'
import { traceName } from '../../analysis/trace/trace-name.ts'
import type { TraceLenses } from '../../contracts/sandbox/lenses.ts'
import { LENS_NAMES, LENSES } from '../../contracts/trace-links.ts'
import { useTitle } from '../shell/browser.ts'
import { Trouble } from '../shell/page-head.tsx'
import { providers } from '../shell/providers.ts'
import { fragment, hrefOf, navigate, query } from '../shell/router.ts'
import { colours } from './colours.ts'
import { CriticalLegend } from './critical-legend.tsx'
import { Details } from './details.tsx'
import { DifferenceList } from './difference-list.tsx'
import { FlameGraph } from './flame-graph.tsx'
import { FlameHelp } from './flame-readout.tsx'
import { Gone } from './gone.tsx'
import { LensPanel } from './lens-panel.tsx'
import { aboutText, emptyText } from './lens-texts.ts'
import { linkTo } from './live-links.ts'
import { RawDocuments } from './raw-documents.tsx'
import { RollbarLane } from './rollbar-lane.tsx'
import { RunDetails } from './run-details.tsx'
import { TimeAxis } from './time-axis.tsx'
import { TraceHead } from './trace-head.tsx'
import { Check, ErrorSteps, FLAME_VIEW, Jumps, TraceSearch, ViewSwitch } from './trace-tools.tsx'
import { TwinsNote } from './twins-note.tsx'
import { useDifferences } from './use-differences.ts'
import { useFragment } from './use-fragment.ts'
import { type TreeLens, useLensTrees } from './use-lens-trees.ts'
import { useSelection } from './use-selection.ts'
import { useTrace } from './use-trace.ts'
import { useTraceKeys } from './use-trace-keys.ts'

interface Props {
  readonly id: string
  /** Of an address with TRACE/SPAN; else empty. */
  readonly spanId: string
}

export function TracePage({ id, spanId }: Props) {
  const { trace, error, reload } = useTrace(id)
  useTitle((trace && traceName(trace)) ?? `Trace ${id}`)
  useEffect(() => {
    if (!spanId) return
    const search = new URLSearchParams({ span: spanId }).toString()
    navigate(hrefOf(`trace/${encodeURIComponent(id)}`, search, fragment.value), { replaces: true })
  }, [id, spanId])
  if (error && !trace) return <Trouble text={error} onRetry={reload} />
  if (!trace || spanId) return <p class="empty">Loading</p>
  const { spans, segments, occurrences, logs } = trace
  if ([spans, segments, occurrences, logs].every(({ length }) => length === 0)) return <Gone trace={trace} />
  return <Trace trace={trace} />
}

function Trace({ trace }: { readonly trace: TraceLenses }) {
  const [withLogs, setWithLogs] = useState(true)
  const [withCritical, setWithCritical] = useState(true)
  const [zoom, setZoom] = useState<Range>()
  const [search, setSearch] = useState('')
  /** Where the keyboard moves the cursor, if the lens has rows. */
  const [keyLens, setKeyLens] = useState<TreeLens>('honeycomb')
  const searchBox = useRef<HTMLInputElement>(null)
  const panels = useRef<HTMLDivElement>(null)
  const { selection, select } = useSelection()

  const { trees, apart, visible, matches, toggled, setToggled } = useLensTrees(trace, {
    withLogs,
    search,
    selection,
  })
  const colourOf = useMemo(() => colours(trace), [trace])
  const whole = useMemo(() => wholeRange(trace), [trace])
  const range = zoom ?? whole
  const providersRead = providers.value
  const { twins, differencesFound } = useDifferences(trace)

  useFragment(panels)

  const activeLens =
    trees.xray.all.length > 0 && (keyLens === 'xray' || trees.honeycomb.all.length === 0)
      ? 'xray'
      : 'honeycomb'
  const isFlame = query.value.get('view') === FLAME_VIEW
  // A flame graph has no runs and no log records.
  const rows = isFlame ? trees[activeLens].placed.filter(({ kind }) => kind !== 'log') : visible[activeLens]
  const active = selectedIndex(rows, selection)
  const selectRow = (lens: TreeLens, row: PlacedRow) => {
    setKeyLens(lens)
    select(row.id, row.kind === 'log' || row.run ? row.key : '')
  }
  const toggle = (lens: TreeLens, row: PlacedRow) => {
    const next = new Set(toggled)
    if (!next.delete(row.key)) next.add(row.key)
    setToggled(next)
    // A selected row that this hides hands the selection to the row that hides it.
    const hides = !isOpen(row, next) && selectedIndex(visibleRows(trees[lens].all, next), selection) < 0
    if (hides && selectedIndex(visible[lens], selection) >= 0) selectRow(lens, row)
  }
  // The lens where the keyboard is, or the other if nothing failed there.
  const errorLens =
    trees[activeLens].errors.length > 0 ? activeLens : activeLens === 'xray' ? 'honeycomb' : 'xray'
  const stepToError = (by: 1 | -1) => {
    const row = errorBeside(trees[errorLens], selection, by)
    if (row) selectRow(errorLens, row)
  }
  useTraceKeys({
    rows,
    active,
    tree: trees[activeLens],
    toggled,
    zoom,
    search,
    hasSelection: selection.key !== '',
    searchBox,
    onRow: (row) => selectRow(activeLens, row),
    onToggle: (row) => toggle(activeLens, row),
    onOtherLens: () => setKeyLens(activeLens === 'xray' ? 'honeycomb' : 'xray'),
    onError: stepToError,
    onZoom: setZoom,
    onSearch: setSearch,
    onCritical: () => setWithCritical((before) => !before),
    onLogs: () => setWithLogs((before) => !before),
    onDeselect: () => select(''),
  })

  const viewOf = (lens: TreeLens, other: TreeLens) => ({
    lens,
    range,
    selection,
    matches,
    toggled,
    onToggle: (row: PlacedRow) => toggle(lens, row),
    onSelect: (row: PlacedRow) => selectRow(lens, row),
    others: trees[other].owners,
    apart,
    colourOf,
    critical: withCritical ? trees[lens].critical : undefined,
    misfitOf: trees[lens].misfitOf,
  })
  const flameOf = (lens: TreeLens) =>
    isFlame && (
      <FlameGraph
        lens={lens}
        rows={trees[lens].placed}
        range={range}
        zoom={zoom}
        onZoom={setZoom}
        selection={selection}
        onSelect={(row) => selectRow(lens, row)}
        matches={matches}
        colourOf={colourOf}
        critical={withCritical ? trees[lens].critical : undefined}
        labelOf={titleOf}
      />
    )
  const records = { honeycomb: trace.spans, xray: trace.segments, rollbar: trace.occurrences }
  const runRow = [trees[activeLens], trees.honeycomb, trees.xray]
    .flatMap(({ runs }) => runs)
    .find(({ key }) => key === selection.key)
  return (
    <div class={`trace ${selection.key ? 'with-details' : ''}`}>
      <TraceHead trace={trace} />
      <TwinsNote trace={trace} found={twins} />
      <div class="line trace-tools">
        <TraceSearch
          box={searchBox}
          text={search}
          onText={setSearch}
          onFirst={() => {
            const row = rows.find((one) => !one.run && matches?.(one))
            if (row) selectRow(activeLens, row)
          }}
        />
        <ErrorSteps
          count={trees[errorLens].errors.length}
          index={errorIndex(trees[errorLens], selection)}
          onStep={stepToError}
        />
        <ViewSwitch isFlame={isFlame} />
        <Check name="Critical path" isChecked={withCritical} onChange={setWithCritical} />
        <Check name="Logs" isChecked={withLogs} onChange={setWithLogs} />
        <Jumps
          parts={[
            ...LENSES.map((lens) => [lens, LENS_NAMES[lens], records[lens].length] as const),
            ...(differencesFound.length > 0
              ? [['differences', 'Differences', differencesFound.length] as const]
              : []),
          ]}
        />
      </div>
      {withCritical && <CriticalLegend tree={trees[activeLens]} onSelect={select} />}
      {isFlame && <FlameHelp />}
      <div class="trace-columns">
        <div class="trace-main">
          <div class={isFlame ? 'lenses as-flame' : 'lenses'} ref={panels}>
            <div class="axis-lines" aria-hidden="true">
              {ticks(range).map((atMs) => (
                <i key={atMs} style={{ left: `${percentOf(range, atMs)}%` }} />
              ))}
            </div>
            <TimeAxis range={range} isZoomed={zoom !== undefined} onZoom={setZoom} />
            <LensPanel
              view={viewOf('honeycomb', 'xray')}
              about={aboutText('honeycomb', trace)}
              rows={visible.honeycomb}
              link={linkTo('honeycomb', trace, whole, providersRead)}
              empty={emptyText('honeycomb')}
            >
              {flameOf('honeycomb')}
            </LensPanel>
            <LensPanel
              view={viewOf('xray', 'honeycomb')}
              about={aboutText('xray', trace)}
              rows={visible.xray}
              link={linkTo('xray', trace, whole, providersRead)}
              empty={emptyText('xray')}
            >
              {flameOf('xray')}
            </LensPanel>
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
            onSelect={select}
            nameOf={(id) => {
              const row = trees.honeycomb.owners.get(id) ?? trees.xray.owners.get(id)
              return row ? titleOf(row) : id
            }}
          />
          <RawDocuments traceId={trace.traceId} records={trace.spans.length} />
        </div>
        {runRow?.run ? (
          <RunDetails row={runRow} run={runRow.run} onSelect={select} onClose={() => select('')} />
        ) : (
          selection.key && (
            <Details trace={trace} trees={trees} selection={selection} onClose={() => select('')} />
          )
        )}
      </div>
    </div>
  )
}
