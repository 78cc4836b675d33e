import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import type { LogEntry, LogPage } from '../../contracts/sandbox/lists.ts'
import { getJson, isAbort } from '../shell/api.ts'
import { listKeys, useKeys, useMedia, useTitle } from '../shell/browser.ts'
import { clock, plural } from '../shell/format.ts'
import { useLive } from '../shell/live.ts'
import { Trouble } from '../shell/page-head.tsx'
import { hrefOf, navigate, query } from '../shell/router.ts'
import { VirtualRows } from '../shell/virtual-rows.tsx'

const SEVERITIES = [
  ['', 'Any severity'],
  ['9', 'Info and worse'],
  ['13', 'Warnings and worse'],
  ['17', 'Errors'],
] as const

/** Log records received by OTLP, each with a link to its trace. */
export function LogsPage() {
  useTitle('Logs')
  const text = query.value.get('text') ?? ''
  const severity = query.value.get('severity') ?? ''
  const filter = new URLSearchParams(
    Object.entries({ text, severity }).filter(([, value]) => value),
  ).toString()
  const [logs, setLogs] = useState<readonly LogEntry[]>([])
  const [next, setNext] = useState<number | null>(null)
  const [isLoading, setLoading] = useState(true)
  const [error, setError] = useState('')
  const [active, setActive] = useState(-1)
  const abort = useRef<AbortController>(undefined)
  const search = useRef<HTMLInputElement>(null)
  const top = useRef(0)
  const isNarrow = useMedia('(max-width: 45rem)')

  const load = useCallback(
    async (before: number | null) => {
      abort.current?.abort()
      const own = new AbortController()
      abort.current = own
      setLoading(true)
      try {
        let from = before
        for (let found = 0; found < 50; ) {
          const page: LogPage = await getJson(
            `sandbox/logs?${filter}${from ? `&before=${from}` : ''}`,
            own.signal,
          )
          found += page.logs.length
          const isFirst = from === null
          setLogs((shown) => (isFirst ? page.logs : [...shown, ...page.logs]))
          setNext(page.next)
          if (page.next === null) break
          from = page.next
        }
        setError('')
      } catch (reason) {
        if (isAbort(reason)) return
        setError((reason as Error).message)
      }
      setLoading(false)
    },
    [filter],
  )
  useEffect(() => {
    setLogs([])
    void load(null)
    return () => abort.current?.abort()
  }, [load])
  useLive('', (event) => {
    // A list that is scrolled down stays where it is.
    if ((!event || event.logs > 0) && top.current < 40 && !isLoading) void load(null)
  })
  const loadMore = useCallback(() => {
    if (next !== null && !isLoading) void load(next)
  }, [next, isLoading, load])

  const move = (by: number) => setActive((at) => Math.max(0, Math.min(logs.length - 1, at + by)))
  const open = (log: LogEntry | undefined) => {
    if (log?.traceId) navigate(hrefOf(`trace/${log.traceId}`, log.spanId && `span=${log.spanId}`))
  }
  useKeys({
    ...listKeys(move),
    Enter: () => open(logs[active]),
    '/': () => search.current?.focus(),
    Escape: () => navigate(hrefOf(filter ? 'logs' : '')),
  })
  const set = (name: string, value: string) => {
    const changed = new URLSearchParams(query.value)
    if (value) changed.set(name, value)
    else changed.delete(name)
    navigate(hrefOf('logs', changed.toString()), { replaces: true })
  }
  return (
    <div class="requests">
      <h1 class="sr">Logs</h1>
      <form
        class="filters"
        role="search"
        aria-label="Filter the logs"
        onSubmit={(event) => event.preventDefault()}
      >
        <label class="search">
          <span class="sr">Search in text, attributes and ids</span>
          <input
            ref={search}
            type="search"
            placeholder="Search: text, attributes, trace id  ( / )"
            value={text}
            onChange={({ currentTarget }) => set('text', currentTarget.value)}
            onKeyDown={(event) => event.key === 'Enter' && event.currentTarget.blur()}
          />
        </label>
        <label>
          <span class="sr">Severity</span>
          <select value={severity} onChange={({ currentTarget }) => set('severity', currentTarget.value)}>
            {SEVERITIES.map(([value, name]) => (
              <option key={value} value={value}>
                {name}
              </option>
            ))}
          </select>
        </label>
      </form>
      <Trouble text={error} />
      {logs.length === 0 && !isLoading ? (
        <div class="empty">
          <h2>{filter ? 'No log record matches' : 'No log record has arrived yet'}</h2>
          <p>
            {filter ? (
              <a href={hrefOf('logs')}>Show all</a>
            ) : (
              <>The sample sends a line for each request: npm run verify</>
            )}
          </p>
        </div>
      ) : (
        <VirtualRows
          className="requests-rows"
          role="grid"
          label="Log records, newest first"
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
            if (!log) return null
            return (
              <div
                key={log.row}
                id={`log-${log.row}`}
                role="row"
                aria-rowindex={index + 1}
                aria-selected={index === active}
                class={`log ${log.severityNumber >= 17 ? 'failed' : ''} ${index === active ? 'active' : ''}`}
                onClick={() => open(log)}
              >
                <span role="gridcell" class="soft">
                  {clock(log.atMs, { milliseconds: true })}
                </span>
                <span role="gridcell" class={`severity ${log.severityNumber >= 13 ? 'bad' : 'soft'}`}>
                  {log.severity}
                </span>
                <span role="gridcell" class="soft log-service">
                  {log.service}
                </span>
                <span role="gridcell" class="log-text" title={log.body}>
                  {log.body.slice(0, 500)}
                </span>
                <span role="gridcell" class="log-trace">
                  {log.traceId && (
                    <a
                      class="mono"
                      tabIndex={-1}
                      href={hrefOf(`trace/${log.traceId}`, log.spanId && `span=${log.spanId}`)}
                    >
                      {log.traceId.slice(0, 8)}…<span class="sr">, its trace</span>
                    </a>
                  )}
                </span>
              </div>
            )
          }}
        />
      )}
      <p class="foot" aria-live="polite">
        {isLoading
          ? 'Loading'
          : `${plural(logs.length, 'log record')}${next === null ? '' : ', and more further down'}`}
      </p>
    </div>
  )
}
