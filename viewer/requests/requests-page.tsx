import { signal } from '@preact/signals'
import { useRef } from 'preact/hooks'
import type { RequestRow } from '../../contracts/sandbox/lists.ts'
import { FILTER_ISSUE_CODES } from '../../contracts/sandbox/xray-filter-words.ts'
import { SandboxError } from '../shell/api.ts'
import { listKeys, useKeys, useMedia, useTitle } from '../shell/browser.ts'
import { clock, count, duration, plural } from '../shell/format.ts'
import { Trouble } from '../shell/page-head.tsx'
import { LENS_NAMES, LENSES, lensColour } from '../shell/providers.ts'
import { hrefOf, navigate, query } from '../shell/router.ts'
import { VirtualRows } from '../shell/virtual-rows.tsx'
import { Badge } from './badge.tsx'
import { FilterBar } from './filter-bar.tsx'
import { filterQuery } from './filters.ts'
import { LatencyChart } from './latency-chart.tsx'
import { useRequests } from './use-requests.ts'
import { FilterPanel } from './xray/filter-panel.tsx'
import { isPanelOpen, togglePanel } from './xray/filter-toggle.tsx'

const ROW_HEIGHT = 40
const NARROW_ROW_HEIGHT = 76

/** The trace id of the row with the cursor, kept while a trace is open. */
const cursor = signal('')

export function RequestsPage() {
  useTitle('Requests')
  const filter = filterQuery(query.value)
  const top = useRef(0)
  const search = useRef<HTMLInputElement>(null)
  const requests = useRequests(filter, () => top.current < ROW_HEIGHT)
  const { rows, last, error } = requests
  const activeId = cursor.value
  const active = rows.findIndex(({ traceId }) => traceId === activeId)
  const isNarrow = useMedia('(max-width: 45rem)')
  const longestMs = longestOf(rows)
  useKeys({
    ...listKeys(rows.length, active, (index) => setCursor(rows[index]?.traceId ?? '')),
    Enter: () => active >= 0 && open(activeId),
    '/': () => search.current?.focus(),
    x: togglePanel,
    Escape: () => (filter ? navigate(hrefOf('')) : setCursor('')),
  })

  const isEmpty = rows.length === 0 && !requests.isLoading
  return (
    <div class="requests">
      <h1 class="sr">Requests</h1>
      <FilterBar rows={rows} search={search} />
      {isPanelOpen.value && <FilterPanel newest={rows[0]?.place ?? ''} />}
      <LatencyChart newest={rows[0]?.place ?? ''} />
      <Trouble text={isPanelOpen.value && isFilterIssue(error) ? '' : (error?.message ?? '')} />
      {requests.waiting > 0 && (
        <button
          type="button"
          class="waiting"
          onClick={() => {
            requests.showWaiting()
            document.querySelector('.requests-rows')?.scrollTo({ top: 0 })
          }}
        >
          {plural(requests.waiting, 'new request')}
        </button>
      )}
      {isEmpty ? (
        <Empty isFiltered={filter !== ''} />
      ) : (
        <VirtualRows
          className="requests-rows"
          role="grid"
          label="Requests, newest first"
          count={rows.length}
          rowHeight={isNarrow ? NARROW_ROW_HEIGHT : ROW_HEIGHT}
          active={active}
          activeId={active < 0 ? undefined : `r-${activeId}`}
          onEnd={requests.loadMore}
          onScroll={(to) => {
            top.current = to
          }}
          head={<Head />}
          render={(index) => {
            const row = rows[index]
            const isActive = index === active
            return row && <Row key={row.traceId} {...{ row, index, isActive, longestMs }} />
          }}
        />
      )}
      <p class="foot" aria-live="polite">
        {requests.isLoading
          ? last?.reachedMs
            ? `Searched back to ${clock(last.reachedMs)}`
            : 'Loading'
          : `${plural(rows.length, 'request')}${last?.next === null ? '' : ', and more further down'}`}
      </p>
    </div>
  )
}

/** Whether the filter expression is wrong, which its panel explains. */
function isFilterIssue(error: Error | undefined): boolean {
  return error instanceof SandboxError && FILTER_ISSUE_CODES.some((code) => code === error.body.code)
}

function setCursor(traceId: string): void {
  cursor.value = traceId
}

function open(traceId: string): void {
  navigate(hrefOf(`trace/${traceId}`))
}

function Head() {
  return (
    <div class="grid-head row request" role="row">
      {['Time', 'Request', 'Status', 'Duration', 'Services'].map((name) => (
        <span key={name} role="columnheader" class={`c-${name.toLowerCase()}`}>
          {name}
        </span>
      ))}
      {LENSES.map((lens) => (
        <span key={lens} role="columnheader" class="c-lens" style={lensColour(lens)}>
          {LENS_NAMES[lens]}
        </span>
      ))}
    </div>
  )
}

interface RowProps {
  readonly row: RequestRow
  readonly index: number
  readonly isActive: boolean
  readonly longestMs: number
}

function Row({ row, index, isActive, longestMs }: RowProps) {
  const bad = row.error || (row.status ?? 0) >= 500
  return (
    <div
      id={`r-${row.traceId}`}
      role="row"
      aria-rowindex={index + 1}
      aria-selected={isActive}
      class={`row request ${bad ? 'failed' : ''} ${isActive ? 'active' : ''}`}
      onClick={(event) => {
        if (!(event.target instanceof Element && event.target.closest('a'))) open(row.traceId)
      }}
    >
      <span role="gridcell" class="c-time soft">
        <time dateTime={isoOf(row.startMs)}>{clock(row.startMs)}</time>
      </span>
      <span role="gridcell" class="c-request">
        <a class="cut" href={hrefOf(`trace/${row.traceId}`)} tabIndex={-1} title={row.name}>
          {row.name.slice(0, 300) || row.traceId}
        </a>
        {row.pruned && (
          <em class="tag" title="Some of its records were deleted, because the sandbox has limited space">
            pruned
          </em>
        )}
      </span>
      <span role="gridcell" class="c-status">
        {row.status === null ? (
          row.error ? (
            <b class="status bad">error</b>
          ) : (
            <span class="soft">–</span>
          )
        ) : (
          <b class={`status s${Math.floor(row.status / 100)}`}>{row.status}</b>
        )}
      </span>
      <span role="gridcell" class="c-duration">
        <i class="length" aria-hidden="true">
          <i style={{ width: `${Math.max(1, (row.durationMs / longestMs) * 100)}%` }} />
        </i>
        <span>{duration(row.durationMs)}</span>
      </span>
      <span role="gridcell" class="c-services soft" title={row.services.slice(0, 40).join(', ')}>
        {row.services.slice(0, 6).join(', ')}
        {row.services.length > 6 && ` and ${count(row.services.length - 6)} more`}
      </span>
      {LENSES.map((lens) => (
        <span key={lens} role="gridcell" class="c-lens">
          <Badge row={row} lens={lens} />
        </span>
      ))}
    </div>
  )
}

function Empty({ isFiltered }: { readonly isFiltered: boolean }) {
  if (isFiltered) {
    return (
      <div class="empty">
        <p>No request matches these filters.</p>
        <p>
          <a href={hrefOf('')}>Show all</a>
        </p>
      </div>
    )
  }
  return (
    <div class="empty">
      <h2>No request has arrived yet</h2>
      <p>Send two that are always kept, one good and one failing, and watch them arrive here:</p>
      <pre>npm run verify</pre>
      <p>
        or steady traffic over all routes: <code>npm run load -- --rate 5 --duration 60</code>
      </p>
    </div>
  )
}

/** The length of a full bar: the 95th percentile, so that one outlier does not shrink all other bars. */
function longestOf(rows: readonly RequestRow[]): number {
  const sample = rows.slice(0, 200).map(({ durationMs }) => durationMs)
  return Math.max(1, sample.toSorted((a, b) => a - b)[Math.floor(sample.length * 0.95)] ?? 1)
}

function isoOf(ms: number): string {
  return Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : ''
}
