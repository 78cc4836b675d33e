import { signal } from '@preact/signals'
import { useEffect, useMemo, useRef } from 'preact/hooks'
import { clock, count, plural } from '../../analysis/format.ts'
import type { RequestRow } from '../../contracts/sandbox/lists.ts'
import { FILTER_ISSUE_CODES } from '../../contracts/sandbox/xray-filter-words.ts'
import { LENSES } from '../../contracts/trace-links.ts'
import { SandboxError } from '../shell/api.ts'
import { listKeys, useKeys, useMedia, useTitle } from '../shell/browser.ts'
import { FutureNote } from '../shell/future-note.tsx'
import { Trouble } from '../shell/page-head.tsx'
import { hrefOf, navigate, query } from '../shell/router.ts'
import { VirtualRows } from '../shell/virtual-rows.tsx'
import { LatencyChart } from './chart/latency-chart.tsx'
import { FilterBar } from './filters/filter-bar.tsx'
import { FilterState } from './filters/filter-state.tsx'
import { filterQuery } from './filters/filters.ts'
import { hrefOfFilters } from './filters/set-filters.ts'
import { useMenus } from './filters/use-menus.ts'
import { isMissing } from './list/badge.tsx'
import { Empty } from './list/empty.tsx'
import { fullBarMs } from './list/full-bar.ts'
import { Head } from './list/head.tsx'
import { closeExplanation, MissingLegend, MissingNote } from './list/missing-note.tsx'
import { Row } from './list/row.tsx'
import { commonPrefix } from './list/service-names.ts'
import { sortingOf, sortingQuery, wordsOf } from './list/sorting.ts'
import { TwinsNote } from './list/twins-note.tsx'
import { useRequests } from './list/use-requests.ts'
import { CompareBar } from './marks/compare-bar.tsx'
import { toggleMark } from './marks/marks.ts'
import { FilterPanel } from './xray/filter-panel.tsx'
import { isPanelOpen, togglePanel } from './xray/filter-toggle.tsx'

const ROW_HEIGHT = 40
const NARROW_ROW_HEIGHT = 98

/** The trace id of the row with the cursor, kept while a trace is open. */
const cursor = signal('')

export function RequestsPage() {
  useTitle('Requests')
  const filter = filterQuery(query.value)
  const sorting = sortingOf(query.value)
  const order = sortingQuery(sorting)
  const top = useRef(0)
  const search = useRef<HTMLInputElement>(null)
  const requests = useRequests(filter, order, () => top.current < ROW_HEIGHT)
  const { rows, last, error, news } = requests
  const menus = useMenus(filter, news)
  const activeId = cursor.value
  const active = rows.findIndex(({ traceId }) => traceId === activeId)
  const isNarrow = useMedia('(max-width: 45rem)')
  const fullMs = fullBarMs(menus.shown ?? { p95Ms: 0, longestMs: 0 })
  const prefix = useServicePrefix(rows, menus.shown?.services)
  const hasMissing = useMemo(() => rows.some((row) => LENSES.some((lens) => isMissing(row, lens))), [rows])
  useKeys({
    ...listKeys(rows.length, active, (index) => setCursor(rows[index]?.traceId ?? '')),
    Enter: () => active >= 0 && open(activeId),
    '/': () => search.current?.focus(),
    x: togglePanel,
    m: () => rows[active] && toggleMark(rows[active]),
    Escape: () => closeExplanation() || (filter ? navigate(hrefOfFilters('')) : setCursor('')),
  })
  const orderShown = useRef(order)
  useEffect(() => {
    if (orderShown.current !== order) setCursor('')
    orderShown.current = order
    scrollToTop()
  }, [order, filter])

  const isEmpty = rows.length === 0 && !requests.isLoading
  return (
    <div class="requests">
      <h1 class="sr">Requests</h1>
      <FilterBar menus={menus.shown} search={search} />
      <FilterState menus={menus.current} />
      {isPanelOpen.value && <FilterPanel newest={news} />}
      <LatencyChart news={news} />
      <Trouble
        text={isPanelOpen.value && isFilterIssue(error) ? '' : (error?.message ?? '')}
        onRetry={requests.reload}
      />
      <FutureNote />
      <TwinsNote hasMissing={hasMissing} news={news} />
      <VirtualRows
        className={`requests-rows ${isEmpty ? 'is-empty' : ''} ${requests.isStale ? 'is-stale' : ''}`}
        role="grid"
        label={`Requests, ${wordsOf(sorting)}`}
        count={rows.length}
        rowHeight={isNarrow ? NARROW_ROW_HEIGHT : ROW_HEIGHT}
        active={active}
        activeId={active < 0 ? undefined : `r-${activeId}`}
        onEnd={requests.loadMore}
        onScroll={(to) => {
          top.current = to
        }}
        head={<Head prefix={prefix} />}
        render={(index) => {
          const row = rows[index]
          const isActive = index === active
          return row && <Row key={row.traceId} onOpen={open} {...{ row, index, isActive, fullMs, prefix }} />
        }}
      />
      {requests.waiting > 0 && (
        <div class="waiting-place">
          <button
            type="button"
            class="waiting"
            onClick={() => {
              requests.showWaiting()
              scrollToTop()
            }}
          >
            {order
              ? `${plural(requests.waiting, 'new or changed request')}: order again`
              : plural(requests.waiting, 'new request')}
          </button>
        </div>
      )}
      {isEmpty && <Empty stored={menus.current?.stored} />}
      <MissingNote />
      <CompareBar />
      <div class="foot line">
        <p aria-live="polite">
          {requests.isLoading
            ? last?.reachedMs
              ? `Searched back to ${clock(last.reachedMs)}`
              : 'Loading'
            : !isEmpty && loadedWords(rows.length, menus.current?.matching, last?.next === null)}
        </p>
        {prefix && <p>Services without “{prefix}”</p>}
        {hasMissing && <MissingLegend />}
      </div>
    </div>
  )
}

function loadedWords(loaded: number, matching: number | undefined, isEnd: boolean): string {
  if (isEnd) return plural(loaded, 'request')
  if (matching === undefined || matching <= loaded)
    return `${plural(loaded, 'request')}, and more further down`
  return `${count(loaded)} of ${plural(matching, 'request')}, and more further down`
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

function scrollToTop(): void {
  document.querySelector('.requests-rows')?.scrollTo({ top: 0 })
}

/** What the names of all services begin with: those of the menu, and those of the rows that are newer than it. */
function useServicePrefix(
  rows: readonly RequestRow[],
  menu: readonly { readonly name: string }[] | undefined,
): string {
  return useMemo(
    () =>
      commonPrefix([...(menu ?? []).map(({ name }) => name), ...rows.flatMap(({ services }) => services)]),
    [rows, menu],
  )
}
