import { useRef } from 'preact/hooks'
import { clock, count, plural } from '../../analysis/format.ts'
import type { ServiceMap } from '../../contracts/sandbox/map.ts'
import { MAP_GROUPINGS } from '../../contracts/sandbox/map-words.ts'
import { useRead } from '../shell/api.ts'
import { useKeys, useMedia } from '../shell/browser.ts'
import { FutureNote } from '../shell/future-note.tsx'
import { usePolling } from '../shell/live.ts'
import { PageHead } from '../shell/page-head.tsx'
import { providers } from '../shell/providers.ts'
import { hrefOf, navigate, query } from '../shell/router.ts'
import { CallsTable } from './calls-table.tsx'
import { MapCards } from './map-cards.tsx'
import { MapDrawing } from './map-drawing.tsx'

const MINUTES = [5, 15, 60, 360]
const REFRESH_MS = 10_000
const NOTES = {
  local: '',
  live: 'X-Ray is live: its map is in CloudWatch, and this one shows only segments that were sent here.',
  off: 'X-Ray is switched off.',
} as const

/** Which service or route calls which, as a drawing and as a table. */
export function MapPage() {
  const asked = readQuery(query.value)
  const { value, error, reload } = useRead<ServiceMap>(`sandbox/map?${toSearch(asked)}`, REFRESH_MS)
  // What was shown stays until the answer to another question arrives.
  const last = useRef<ServiceMap>(undefined)
  last.current = value ?? last.current
  const map = last.current
  const isNarrow = useMedia('(max-width: 45rem)')
  useKeys({ Escape: () => navigate(hrefOf('')) })
  usePolling(REFRESH_MS)
  const choose = (changes: Partial<Asked>) =>
    navigate(hrefOf('map', toSearch({ ...asked, ...changes })), { replaces: true })
  return (
    <div class="page">
      <PageHead
        title="Service map"
        about="From X-Ray’s segments: who calls whom, how often, and how long it takes"
        error={error}
        onRetry={reload}
        note={NOTES[providers.value?.xray.mode ?? 'local']}
      >
        <div class="choices" role="group" aria-label="What a node is">
          {MAP_GROUPINGS.map((by) => (
            <button type="button" key={by} aria-pressed={by === asked.by} onClick={() => choose({ by })}>
              By {by}
            </button>
          ))}
        </div>
        <div class="choices map-minutes" role="group" aria-label="How far back">
          {MINUTES.map((minutes) => (
            <button
              type="button"
              key={minutes}
              aria-pressed={minutes === asked.minutes}
              onClick={() => choose({ minutes })}
            >
              {minutes < 60 ? `${minutes} min` : `${minutes / 60} h`}
            </button>
          ))}
        </div>
      </PageHead>
      <FutureNote />
      {map && map.nodes.length === 0 && (
        <div class="empty">
          <h2>No segment in this time</h2>
          <p>Send traffic over all routes, and see which service calls which:</p>
          <pre>npm run load -- --rate 5 --duration 60</pre>
        </div>
      )}
      {map && map.nodes.length > 0 && (
        <>
          {isNarrow ? <MapCards map={map} /> : <MapDrawing map={map} />}
          <Notes map={map} isShown={asked.verify === 'shown'} onVerify={(verify) => choose({ verify })} />
          <CallsTable map={map} />
        </>
      )}
    </div>
  )
}

interface NotesProps {
  readonly map: ServiceMap
  /** Whether `npm run verify` is shown as a service. */
  readonly isShown: boolean
  readonly onVerify: (verify: Asked['verify']) => void
}

/** What the figures are of, and what the signs mean. */
function Notes({ map, isShown, onVerify }: NotesProps) {
  return (
    <div class="line small soft map-notes">
      <span>
        {map.isComplete
          ? plural(map.traces, 'recorded request')
          : `The newest ${count(map.traces)} recorded requests, since ${clock(map.fromMs)}`}
        : what the sampling kept. It may keep more of one route than of another, so shares and rates are not
        those of all requests.
      </span>
      <span>
        <span class="map-trouble fault">✕</span> faults: 5xx
      </span>
      <span>
        <span class="map-trouble error">!</span> errors: 4xx
      </span>
      <span>
        at lines and in nodes: requests per minute{map.firstMs !== null && ` since ${clock(map.firstMs)}`} ·
        p95 of their durations
      </span>
      {map.verifyRequests > 0 && (
        <span>
          {plural(map.verifyRequests, 'request')} of <code>npm run verify</code>{' '}
          {map.verifyRequests === 1 ? 'is' : 'are'} counted as clients.{' '}
          <button type="button" class="link" onClick={() => onVerify('shown')}>
            Show it as a service
          </button>
        </span>
      )}
      {isShown && (
        <span>
          <code>npm run verify</code> is shown as a service.{' '}
          <button type="button" class="link" onClick={() => onVerify('folded')}>
            Count it as clients
          </button>
        </span>
      )}
    </div>
  )
}

interface Asked extends Pick<ServiceMap, 'by'> {
  readonly minutes: number
  readonly verify: 'folded' | 'shown'
}

function readQuery(search: URLSearchParams): Asked {
  return {
    minutes: MINUTES.find((one) => String(one) === search.get('minutes')) ?? 60,
    by: MAP_GROUPINGS.find((one) => one === search.get('by')) ?? 'service',
    verify: search.get('verify') === 'shown' ? 'shown' : 'folded',
  }
}

function toSearch({ minutes, by, verify }: Asked): string {
  return new URLSearchParams({
    minutes: String(minutes),
    by,
    ...(verify === 'shown' && { verify }),
  }).toString()
}
