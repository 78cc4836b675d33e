import { useEffect, useState } from 'preact/hooks'
import { clock, plural } from '../../analysis/format.ts'
import { occurrenceView } from '../../analysis/trace/occurrence.ts'
import type { ErrorDetail, ErrorOccurrence } from '../../contracts/sandbox/lists.ts'
import { getJson } from '../shell/api.ts'
import { useKeys, useTitle } from '../shell/browser.ts'
import { hrefOf, navigate } from '../shell/router.ts'
import { Table } from '../shell/table.tsx'
import { Stack } from '../trace/stack.tsx'
import { Circumstances } from './circumstances.tsx'
import { StrayNote, StrayTrace, useStrayRequests } from './requests-of-strays.tsx'

/** One error: its latest stack, and all occurrences with their traces. */
export function ErrorPage({ id }: { readonly id: string }) {
  const [view, setView] = useState<ErrorDetail>()
  const [occurrences, setOccurrences] = useState<readonly ErrorOccurrence[]>([])
  const [error, setError] = useState('')
  const load = (page: number) =>
    getJson<ErrorDetail>(`sandbox/errors/${encodeURIComponent(id)}?page=${page}`).then(
      (read) => {
        if (!read.item) return setError('There is no such error; it may be pruned.')
        setView(read)
        setOccurrences((before) => (page === 0 ? read.occurrences : [...before, ...read.occurrences]))
      },
      (reason: Error) => setError(reason.message),
    )
  useEffect(() => {
    void load(0)
  }, [id])
  const strays = useStrayRequests(id, occurrences)
  useTitle(view?.item.title ?? 'Error')
  useKeys({ Escape: () => navigate(hrefOf('errors')) })
  if (error) {
    return (
      <div class="empty">
        <p>{error}</p>
        <a href={hrefOf('errors')}>All errors</a>
      </div>
    )
  }
  const [last] = occurrences
  if (!view || !last) return <p class="empty">Loading</p>
  const { item } = view
  return (
    <div class="page">
      <header class="line page-head error-head">
        <a class="back" href={hrefOf('errors')} aria-label="All errors">
          ←
        </a>
        <h1>{item.title.slice(0, 300)}</h1>
        <Circumstances item={item} />
        <p class="soft">
          {item.environment} · #{item.id} · {plural(item.total, 'time')},{' '}
          {item.firstS === item.lastS ? 'at' : `from ${clock(item.firstS * 1_000)} to`}{' '}
          {clock(item.lastS * 1_000)}
        </p>
      </header>
      <section class="card" aria-labelledby="stack-title">
        <h2 id="stack-title">
          The stack <span class="soft">of the latest occurrence</span>
        </h2>
        <Stack exceptions={occurrenceView(last).exceptions} />
      </section>
      <section class="card" aria-labelledby="times-title">
        <h2 id="times-title">Occurrences</h2>
        <StrayNote occurrences={occurrences} />
        <div class="table-box" tabIndex={0} role="group" aria-label="The occurrences">
          <Table columns={['Time', 'Trace', 'Request', 'uuid']}>
            {occurrences.map((occurrence) => (
              <tr key={occurrence.id}>
                <td>{clock(occurrence.timestampS * 1_000)}</td>
                <td>
                  {occurrence.traceId ? (
                    <a
                      class="mono"
                      href={hrefOf(`trace/${occurrence.traceId}`, '', 'rollbar')}
                      title={occurrence.traceId}
                    >
                      …{occurrence.traceId.slice(-8)}
                    </a>
                  ) : (
                    <StrayTrace found={strays.get(occurrence.id)} />
                  )}
                </td>
                <td class="error-request">{requestOf(occurrence)}</td>
                <td class="mono soft">{occurrence.uuid}</td>
              </tr>
            ))}
          </Table>
        </div>
        {view.next !== null && (
          <button type="button" onClick={() => void load(view.next ?? 0)}>
            Show earlier ones
          </button>
        )}
      </section>
    </div>
  )
}

function requestOf({ data }: ErrorOccurrence): string {
  const { request } = (data ?? {}) as { request?: { method?: unknown; url?: unknown } }
  const text = [request?.method, request?.url].filter((part) => typeof part === 'string').join(' ')
  return text.slice(0, 200) || '–'
}
