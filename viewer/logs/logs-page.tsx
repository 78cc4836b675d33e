import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import { clock, count, plural } from '../../analysis/format.ts'
import type { LogEntry, LogPage } from '../../contracts/sandbox/lists.ts'
import { listKeys, useKeys, useMedia, useTitle } from '../shell/browser.ts'
import { Choice, FilterForm } from '../shell/filter-form.tsx'
import { useLive } from '../shell/live.ts'
import { Trouble } from '../shell/page-head.tsx'
import { usePages } from '../shell/pages.ts'
import { hrefOf, navigate, query } from '../shell/router.ts'
import { VirtualRows } from '../shell/virtual-rows.tsx'

/** By OpenTelemetry's severity numbers. */
const SEVERITIES = [
  ['', 'Any severity'],
  ['9', 'Info and worse'],
  ['13', 'Warnings and worse'],
  ['17', 'Errors'],
] as const
/** A list that is scrolled further down than this stays as it is while records arrive. Pixels. */
const MAX_LIVE_SCROLL = 40

/** Log records received by OTLP, each with a link to its trace. */
export function LogsPage() {
  useTitle('Logs')
  const text = query.value.get('text') ?? ''
  const severity = query.value.get('severity') ?? ''
  const filter = new URLSearchParams(
    Object.entries({ text, severity }).filter(([, value]) => value),
  ).toString()
  const [logs, setLogs] = useState<readonly LogEntry[]>([])
  /** The record with the cursor, which stays when others arrive above it. */
  const [cursor, setCursor] = useState<number>()
  const active = logs.findIndex(({ row }) => row === cursor)
  const search = useRef<HTMLInputElement>(null)
  const top = useRef(0)
  /** Records that have arrived since the list was read. */
  const [waiting, setWaiting] = useState(0)
  const isNarrow = useMedia('(max-width: 45rem)')

  useEffect(() => setLogs([]), [filter])
  const addressOf = useCallback(
    (before: string | number) => `sandbox/logs?${filter}${before && `&before=${before}`}`,
    [filter],
  )
  const { last, isLoading, error, loadMore, reload } = usePages<LogPage>(addressOf, (page, isFirst) => {
    setLogs((shown) => (isFirst ? page.logs : [...shown, ...page.logs]))
    if (isFirst) setWaiting(0)
    return page.logs.length
  })
  useLive('', (event) => {
    if (event?.logs === 0) return
    // A search that is still running is not begun again.
    if (top.current < MAX_LIVE_SCROLL && !isLoading) void reload()
    else if (event) setWaiting((before) => before + event.logs)
  })

  const open = (log: LogEntry | undefined) => log?.traceId && navigate(hrefOfLog(log))
  useKeys({
    ...listKeys(logs.length, active, (index) => setCursor(logs[index]?.row)),
    Enter: () => open(logs[active]),
    '/': () => search.current?.focus(),
    Escape: () => navigate(hrefOf(filter ? 'logs' : '')),
  })
  const set = (name: string, value: string) => {
    const changed = new URLSearchParams(filter)
    if (value) changed.set(name, value)
    else changed.delete(name)
    navigate(hrefOf('logs', changed.toString()), { replaces: true })
  }
  return (
    <div class="requests">
      <h1 class="sr">Logs</h1>
      <FilterForm
        label="Filter the logs"
        searchLabel="Search in text, attributes and ids"
        placeholder="Search: text, attributes, trace id  ( / )"
        search={search}
        onSearch={(value) => set('text', value)}
      >
        <Choice
          name="Severity"
          value={severity}
          options={SEVERITIES}
          onPick={(value) => set('severity', value)}
        />
      </FilterForm>
      <Trouble text={error?.message ?? ''} onRetry={reload} />
      {waiting > 0 && (
        <button
          type="button"
          class="waiting"
          onClick={() => {
            document.querySelector('.requests-rows')?.scrollTo({ top: 0 })
            void reload()
          }}
        >
          {plural(waiting, 'new log record')}
        </button>
      )}
      {logs.length === 0 && !isLoading ? (
        <div class="empty">
          <h2>{filter ? 'No log record matches' : 'No log record has arrived yet'}</h2>
          {filter ? (
            <p>
              <a href={hrefOf('logs')}>Show all</a>
            </p>
          ) : (
            <>
              <p>The sample sends a line for each request:</p>
              <pre>npm run verify</pre>
            </>
          )}
        </div>
      ) : (
        <VirtualRows
          className="requests-rows"
          role="grid"
          label="Log records in the order of their times, the latest first"
          count={logs.length}
          rowHeight={isNarrow ? 58 : 30}
          active={active}
          activeId={active < 0 ? undefined : `log-${logs[active]?.row}`}
          onEnd={loadMore}
          onScroll={(to) => {
            top.current = to
          }}
          render={(index) => {
            const log = logs[index]
            return log && <Row key={log.row} {...{ log, index, open }} isActive={index === active} />
          }}
        />
      )}
      <p class="foot" aria-live="polite">
        {isLoading
          ? 'Loading'
          : `${plural(logs.length, 'log record')}${last?.next ? ', and more further down' : ''}${noteOf(logs)}`}
      </p>
    </div>
  )
}

function hrefOfLog({ traceId, spanId }: LogEntry): string {
  return hrefOf(`trace/${traceId}`, spanId && `span=${spanId}`)
}

interface RowProps {
  readonly log: LogEntry
  readonly index: number
  readonly isActive: boolean
  readonly open: (log: LogEntry) => void
}

function Row({ log, index, isActive, open }: RowProps) {
  return (
    <div
      id={`log-${log.row}`}
      role="row"
      aria-rowindex={index + 1}
      aria-selected={isActive}
      class={`row log ${log.severityNumber >= 17 ? 'failed' : ''} ${isActive ? 'active' : ''}`}
      onClick={() => open(log)}
    >
      <span role="gridcell" class="soft" title={timeNote(log)}>
        {clock(log.atMs, { milliseconds: true })}
        {log.timeFrom !== 'record' && <em class="tag only log-clock">{log.timeFrom}</em>}
      </span>
      <span role="gridcell" class={log.severityNumber >= 13 ? 'bad' : 'soft'}>
        {log.severity}
      </span>
      <span role="gridcell" class="soft" title={log.service}>
        {log.service}
      </span>
      <span role="gridcell" class="log-text" title={log.body}>
        {log.body.slice(0, 500)}
      </span>
      <span role="gridcell">
        {log.traceId && (
          <a class="mono" tabIndex={-1} href={hrefOfLog(log)}>
            …{log.traceId.slice(-8)}
            <span class="sr">, its trace</span>
          </a>
        )}
      </span>
    </div>
  )
}

/** Explains the marks in the list. */
function noteOf(logs: readonly LogEntry[]): string {
  const marked = logs.filter(({ timeFrom }) => timeFrom !== 'record').length
  if (marked === 0) return ''
  return ` · ${count(marked)} stand at their arrival or observation: their own time is missing or cannot be right`
}

/** Whose time is shown, where it is not the record's own. */
function timeNote({ timeFrom, ownMs }: LogEntry): string | undefined {
  if (timeFrom === 'record') return undefined
  const own =
    ownMs === 0
      ? 'It was sent without a time'
      : `Its own time, ${new Date(ownMs).toISOString()}, cannot be right`
  const shown = timeFrom === 'arrival' ? 'when it arrived here' : 'when its sender observed it'
  return `${own}: this is ${shown}.`
}
