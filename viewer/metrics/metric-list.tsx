import { useMemo, useRef, useState } from 'preact/hooks'
import { ago, clock, count, plural } from '../../analysis/format.ts'
import type { MetricEntry, MetricList } from '../../contracts/sandbox/metrics.ts'
import { useRead } from '../shell/api.ts'
import { useKeys } from '../shell/browser.ts'
import { FilterForm } from '../shell/filter-form.tsx'
import { PageHead } from '../shell/page-head.tsx'
import { hrefOf, navigate, query } from '../shell/router.ts'
import { hrefOfQuestion } from './metric-question.ts'
import {
  foundMetrics,
  isNumberColumn,
  lastCell,
  METRIC_COLUMNS,
  type MetricColumn,
  type MetricOrder,
  nextOrder,
  readOrder,
} from './metric-sort.ts'
import { kindWords, unitWords } from './metric-words.ts'
import { NoMetrics } from './no-metrics.tsx'

const REFRESH_MS = 10_000
/** Two intervals of OpenTelemetry's exporters, by default. */
const FRESH_MS = 120_000
/** Rows that are shown at once. */
const PAGE = 200
/** Texts come from senders. Characters */
const MAX_TEXT = 400

const HEADS: Readonly<Record<MetricColumn, string>> = {
  name: 'Metric',
  dataset: 'Dataset',
  kind: 'Kind',
  unit: 'Unit',
  last: 'At the last point',
  series: 'Time series',
  points: 'Points',
  written: 'Last written',
}

/** A table of every metric that has arrived. */
export function MetricListPage() {
  const { value, error, reload } = useRead<MetricList>('sandbox/metrics', REFRESH_MS)
  const [shown, setShown] = useState(PAGE)
  const search = useRef<HTMLInputElement>(null)
  const text = query.value.get('text') ?? ''
  const order = readOrder(query.value.get('sort'))
  const metrics = value?.metrics ?? []
  const found = useMemo(
    () => foundMetrics(metrics, text, order),
    [metrics, text, order.column, order.isDescending],
  )
  const set = (name: string, to: string) => {
    const changed = new URLSearchParams(query.value)
    if (to) changed.set(name, to)
    else changed.delete(name)
    navigate(hrefOf('metrics', changed.toString()), { replaces: true })
  }
  useKeys({
    '/': () => search.current?.focus(),
    Escape: () => navigate(hrefOf(text ? 'metrics' : '')),
  })
  return (
    <div class="page metrics">
      <PageHead
        title="Metrics"
        about="Numbers that services measure and send in regular intervals, whether a request is traced or not"
        error={error}
        onRetry={reload}
      />
      {value && metrics.length === 0 && <NoMetrics />}
      {metrics.length > 0 && (
        <>
          <FilterForm
            label="Find metrics"
            searchLabel="Search in names, datasets, kinds, units, descriptions and attributes"
            placeholder="Search: name, dataset, kind, unit, attribute  ( / )"
            search={search}
            onSearch={(typed) => set('text', typed)}
          >
            <span class="soft small" role="status">
              {found.length < metrics.length
                ? `${count(found.length)} of ${plural(metrics.length, 'metric')}`
                : plural(metrics.length, 'metric')}
            </span>
          </FilterForm>
          {found.length === 0 ? (
            <p class="empty">
              No metric has “{text.slice(0, 100)}” in its name, dataset, kind, unit, description or
              attributes. <a href={hrefOf('metrics')}>Show all</a>
            </p>
          ) : (
            <MetricTable
              metrics={found.slice(0, shown)}
              order={order}
              onSort={(column) => set('sort', nextOrder(order, column))}
            />
          )}
          {found.length > shown && (
            <p class="line more">
              <button type="button" onClick={() => setShown(shown + PAGE)}>
                Show {count(Math.min(PAGE, found.length - shown))} more
              </button>
              <span class="soft">
                {count(shown)} of {plural(found.length, 'metric')}
              </span>
            </p>
          )}
        </>
      )}
      {value?.warnings?.map((warning) => (
        <p key={warning} class="note">
          {sentence(warning)}
        </p>
      ))}
    </div>
  )
}

interface TableProps {
  readonly metrics: readonly MetricEntry[]
  readonly order: MetricOrder
  readonly onSort: (column: MetricColumn) => void
}

function MetricTable({ metrics, order, onSort }: TableProps) {
  const direction = order.isDescending ? 'descending' : 'ascending'
  return (
    <section class="card metric-table" aria-label="All metrics">
      <div class="table-box">
        <table>
          <thead>
            <tr>
              {METRIC_COLUMNS.map((column) => (
                <th
                  key={column}
                  scope="col"
                  class={`of-${column} ${isNumberColumn(column) ? 'number' : ''}`}
                  aria-sort={order.column === column ? direction : undefined}
                >
                  <button type="button" class="sort" onClick={() => onSort(column)}>
                    {HEADS[column]}
                    {order.column === column && (
                      <span aria-hidden="true" class="sort-mark">
                        {order.isDescending ? '↓' : '↑'}
                      </span>
                    )}
                  </button>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {metrics.map((metric) => (
              <Row key={JSON.stringify([metric.dataset, metric.name, metric.kind])} metric={metric} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}

function Row({ metric }: { readonly metric: MetricEntry }) {
  const { name, dataset, kind, description, points, storedPoints, series, warnings } = metric
  const written = Date.parse(metric.lastWrittenAt)
  return (
    <tr>
      <td class="of-name">
        <a class="mono" href={hrefOfQuestion({ name, dataset, kind })} title={description.slice(0, MAX_TEXT)}>
          {name.slice(0, MAX_TEXT)}
        </a>
        <p class="soft small only-narrow">
          {kindWords(metric)} · {dataset.slice(0, MAX_TEXT)} · {plural(series, 'time series', 'time series')}{' '}
          · {ago(written)}
        </p>
        {warnings.map((warning) => (
          <p key={warning} class="warn small">
            <span aria-hidden="true">⚠ </span>
            {warning.slice(0, MAX_TEXT)}.
          </p>
        ))}
      </td>
      <td class="of-dataset">{dataset.slice(0, MAX_TEXT)}</td>
      <td class="of-kind">{kindWords(metric)}</td>
      <td class="of-unit" title={metric.unit.slice(0, MAX_TEXT)}>
        {unitWords(metric)}
      </td>
      <td class={`of-last number ${isFresh(metric) ? '' : 'soft'}`} title={lastTitle(metric)}>
        {lastCell(metric)}
      </td>
      <td class="of-series number">{count(series)}</td>
      <td
        class="of-points number"
        title={`${plural(points, 'point')} received, ${count(storedPoints)} still stored`}
      >
        {count(storedPoints)}
      </td>
      <td class="of-written number soft">{ago(written)}</td>
    </tr>
  )
}

/** Whether the last value is about as new as exporters send. */
function isFresh({ last }: MetricEntry): boolean {
  return last !== null && Date.now() - last.atMs < FRESH_MS
}

function lastTitle({ last }: MetricEntry): string | undefined {
  return last ? `Of the last step before ${clock(last.atMs)}, not of a longer time` : undefined
}

/** The sandbox's warnings as sentences of their own. */
function sentence(warning: string): string {
  return `${warning.charAt(0).toUpperCase()}${warning.slice(1)}`
}
