import { useEffect, useState } from 'preact/hooks'
import { getJson, isAbort } from '../shell/api.ts'
import { useKeys, useMedia } from '../shell/browser.ts'
import { count, duration, percent } from '../shell/format.ts'
import { PageHead } from '../shell/page-head.tsx'
import { providers } from '../shell/providers.ts'
import { hrefOf, navigate, query } from '../shell/router.ts'
import { Table } from '../shell/table.tsx'
import { figuresOf, type GraphService, MAX_NODES, type ServiceGraph } from './graph.ts'
import type { MapLayout } from './layout.ts'
import { ServiceDrawing } from './service-drawing.tsx'

const MINUTES = [5, 15, 60, 360]
const REFRESH_MS = 10_000
const COLUMNS = ['From', 'To', 'Requests', 'a minute', 'Errors', 'Faults', 'p50', 'p95', 'p99']
const NOTES = {
  local: '',
  live: 'X-Ray is live: its map is in CloudWatch, and this one shows only segments that were sent here.',
  off: 'X-Ray is switched off.',
} as const

/** X-Ray's service graph, as a drawing and as a table. */
export function MapPage() {
  const minutes = MINUTES.find((one) => String(one) === query.value.get('minutes')) ?? 60
  const [graph, setGraph] = useState<{ minutes: number; services: readonly GraphService[] }>()
  const [error, setError] = useState('')
  useEffect(() => {
    const abort = new AbortController()
    const read = () => {
      const EndTime = Date.now() / 1_000
      getJson<ServiceGraph>('ServiceGraph', {
        method: 'POST',
        signal: abort.signal,
        body: JSON.stringify({ StartTime: EndTime - minutes * 60, EndTime }),
      }).then(
        ({ Services: services }) => {
          setGraph({ minutes, services })
          setError('')
        },
        (reason: Error) => !isAbort(reason) && setError(reason.message),
      )
    }
    read()
    const timer = setInterval(() => !document.hidden && read(), REFRESH_MS)
    return () => {
      abort.abort()
      clearInterval(timer)
    }
  }, [minutes])
  useKeys({ Escape: () => navigate(hrefOf('')) })
  const services = graph?.services ?? []
  return (
    <div class="page">
      <PageHead
        title="Service map"
        about="From X-Ray’s GetServiceGraph: which service calls which, by their segments"
        error={error}
        note={NOTES[providers.value?.xray.mode ?? 'local']}
      >
        <div class="choices" role="group" aria-label="How far back">
          {MINUTES.map((one) => (
            <button
              type="button"
              key={one}
              aria-pressed={one === minutes}
              onClick={() => navigate(hrefOf('map', `minutes=${one}`), { replaces: true })}
            >
              {one < 60 ? `${one} min` : `${one / 60} h`}
            </button>
          ))}
        </div>
      </PageHead>
      {graph && services.length === 0 ? (
        <div class="empty">
          <h2>No segment in this time</h2>
          <p>Send traffic over all routes, and see which service calls which:</p>
          <pre>npm run load -- --rate 5 --duration 60</pre>
        </div>
      ) : (
        graph && (
          <>
            <Drawing services={services} minutes={graph.minutes} />
            <Calls services={services} minutes={graph.minutes} />
          </>
        )
      )}
    </div>
  )
}

interface Props {
  readonly services: readonly GraphService[]
  readonly minutes: number
}

function Drawing({ services, minutes }: Props) {
  const isNarrow = useMedia('(max-width: 45rem)')
  const [drawn, setDrawn] = useState<{ layout: MapLayout; services: readonly GraphService[] }>()
  useEffect(() => {
    let isWanted = true
    // The graph library is loaded when there is a graph.
    import('./layout.ts').then(({ placeServices }) => {
      if (!isWanted) return
      const busiest = services
        .toSorted((a, b) => (b.SummaryStatistics?.TotalCount ?? 0) - (a.SummaryStatistics?.TotalCount ?? 0))
        .slice(0, MAX_NODES)
      setDrawn({ layout: placeServices(busiest, isNarrow ? 'TB' : 'LR'), services: busiest })
    })
    return () => {
      isWanted = false
    }
  }, [services, isNarrow])
  if (!drawn) return null
  return (
    <>
      <ServiceDrawing layout={drawn.layout} services={drawn.services} minutes={minutes} />
      {drawn.services.length < services.length && (
        <p class="soft small">
          The {drawn.services.length} busiest of {services.length} are drawn; the table has all.
        </p>
      )}
    </>
  )
}

function Calls({ services, minutes }: Props) {
  const names = new Map(services.map(({ ReferenceId, Name, Type }) => [ReferenceId, { Name, Type }]))
  const edges = services.flatMap((from) =>
    from.Edges.map((edge) => ({
      key: `${from.ReferenceId}-${edge.ReferenceId}`,
      from: from.Type === 'client' ? 'Clients' : from.Name,
      to: names.get(edge.ReferenceId)?.Name ?? '?',
      figures: figuresOf(edge, minutes),
    })),
  )
  return (
    <section class="card" aria-labelledby="calls-title">
      <h2 id="calls-title">Calls</h2>
      {/* What scrolls has to be reached by the keyboard. */}
      <div class="table-box tall" tabIndex={0} role="region" aria-labelledby="calls-title">
        <Table columns={COLUMNS} firstNumber={2}>
          {edges
            .toSorted((a, b) => b.figures.total - a.figures.total)
            .map(({ key, from, to, figures }) => (
              <tr key={key}>
                <td>{from.slice(0, 100)}</td>
                <td>{to.slice(0, 100)}</td>
                <td class="number">{count(figures.total)}</td>
                <td class="number">{figures.perMinute.toFixed(1)}</td>
                <td class={`number ${figures.errors > 0 ? 's4' : 'soft'}`}>{percent(figures.errors)}</td>
                <td class={`number ${figures.faults > 0 ? 's5' : 'soft'}`}>{percent(figures.faults)}</td>
                <td class="number">{duration(figures.p50)}</td>
                <td class="number">{duration(figures.p95)}</td>
                <td class="number">{duration(figures.p99)}</td>
              </tr>
            ))}
        </Table>
      </div>
    </section>
  )
}
