import { useEffect } from 'preact/hooks'
import { ago, count, plural } from '../../analysis/format.ts'
import type { ClientMistake, ProvidersRead } from '../../contracts/sandbox/health.ts'
import { LENS_NAMES, LENSES, type Lens } from '../../contracts/trace-links.ts'
import { useRead } from '../shell/api.ts'
import { useKeys } from '../shell/browser.ts'
import { usePolling } from '../shell/live.ts'
import { PageHead } from '../shell/page-head.tsx'
import { lensColour, providers } from '../shell/providers.ts'
import { hrefOf, navigate } from '../shell/router.ts'
import { TimeBars } from '../shell/time-bars.tsx'
import { ForeignPages } from './foreign-pages.tsx'
import { OneSided } from './one-sided.tsx'
import { Rules } from './rules.tsx'

const REFRESH_MS = 5_000

const MODES = {
  local: 'Emulated by this sandbox.',
  live: 'Records go to the provider itself, not to this sandbox.',
  off: 'Switched off: nothing is sent.',
} as const

/** How segments reach this sandbox, by XRAY_PIPELINE. */
const WAYS = {
  sdk: 'UDP, at the daemon’s address',
  otlp: 'OTLP, signed',
  collector: 'an OpenTelemetry Collector, which converts spans',
} as const

/** For each lens: what is counted by the minute, and where the counts stand in the answer. */
const RECEIVED = {
  honeycomb: [
    ['Spans', 'span', 'spans'],
    ['Log records', 'log record', 'logs'],
  ],
  xray: [['Segment documents', 'segment document', 'segments']],
  rollbar: [['Occurrences', 'occurrence', 'occurrences']],
} as const

/** For each provider: its mode, records received lately, HTTP errors with their reasons, and the sampling rules. */
export function ProvidersPage() {
  useKeys({ Escape: () => navigate(hrefOf('')) })
  usePolling(REFRESH_MS)
  const { value: view, error, reload } = useRead<ProvidersRead>('sandbox/providers', REFRESH_MS)
  useEffect(() => {
    if (view) providers.value = view
  }, [view])
  return (
    <div class="page">
      <PageHead
        title="Providers"
        about="What each received in the last 15 minutes, which requests it answered with an error, and the sampling rules"
        error={error}
        onRetry={reload}
      />
      {view ? <Overview view={view} /> : !error && <p class="empty">Loading</p>}
    </div>
  )
}

function Overview({ view }: { readonly view: ProvidersRead }) {
  return (
    <>
      <div class="providers">
        {LENSES.map((lens) => (
          <Provider key={lens} lens={lens} view={view} />
        ))}
      </div>
      <OneSided view={view} />
      <ForeignPages pages={view.foreignPages} />
      <Rules rules={view.rules} isOn={view.xray.mode !== 'off'} />
      {view.pruned && (
        <p class="note">
          The oldest records have been deleted: the sandbox keeps 200,000 spans, as many log records, segments
          and data points of metrics, and 20,000 errors, for seven days.
        </p>
      )}
    </>
  )
}

function Provider({ lens, view }: { readonly lens: Lens; readonly view: ProvidersRead }) {
  const { mode } = view[lens]
  const httpErrors = view.httpErrors.filter(({ provider }) => provider === lens)
  const mistakes = view.clientMistakes.filter(({ provider }) => provider === lens)
  return (
    <section class="card provider" style={lensColour(lens)} aria-labelledby={`provider-${lens}`}>
      <header class="lens-head">
        <h2 id={`provider-${lens}`}>{LENS_NAMES[lens]}</h2>
        <span class={`mode mode-${mode}`}>{mode}</span>
      </header>
      <p class="soft small">{MODES[mode]}</p>
      {RECEIVED[lens].map(([name, one, values]) => (
        <Received key={name} name={name} one={one} values={view.received[values]} />
      ))}
      {factsOf(lens, view).map(([name, value, isBad]) => (
        <p key={name} class="fact">
          <span class="soft">{name}</span> <span class={isBad ? 'bad' : ''}>{value}</span>
        </p>
      ))}
      {lens === 'xray' && view.counts.lastDrop && (
        <p class="small bad">{view.counts.lastDrop.slice(0, 300)}</p>
      )}
      {mistakes.length > 0 && <Mistakes mistakes={mistakes} />}
      <h3>HTTP errors</h3>
      {httpErrors.length === 0 ? (
        <p class="soft small">Nothing since the sandbox was started.</p>
      ) : (
        <ul class="http-errors">
          {httpErrors.slice(0, 8).map((httpError) => (
            <li key={`${httpError.path}${httpError.status}${httpError.message}`}>
              <b class="bad">{httpError.grpcStatus ?? httpError.status}</b> <code>{httpError.path}</code>
              <p>{httpError.message}</p>
              <p class="soft small">
                {plural(httpError.count, 'time')}, last {ago(httpError.lastMs)}
              </p>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

function Mistakes({ mistakes }: { readonly mistakes: readonly ClientMistake[] }) {
  return (
    <>
      <h3>Mistakes of clients</h3>
      <ul class="http-errors">
        {mistakes.map((mistake) => (
          <li key={`${mistake.client}${mistake.operation}${mistake.missing}`}>
            <b class="bad">{mistake.missing}</b> <code>{mistake.operation}</code>
            <p>
              {mistake.client} does not send <code>{mistake.missing}</code>, which this provider’s API
              requires
              {mistake.sent && (
                <>
                  , but <code>{mistake.sent}</code>
                </>
              )}
              . It counts as 0 here.
            </p>
            <p class="soft small">
              {plural(mistake.count, 'request')}, last {ago(mistake.lastMs)}
            </p>
          </li>
        ))}
      </ul>
    </>
  )
}

interface ReceivedProps {
  readonly name: string
  readonly one: string
  /** By the minute; the last one has just ended. */
  readonly values: readonly number[]
}

function Received({ name, one, values }: ReceivedProps) {
  const total = values.reduce((sum, value) => sum + value, 0)
  const minutes = values.length
  return (
    <div class="received">
      <h3>{name}</h3>
      <p>
        <b>{count(total)}</b> <span class="soft small">in {minutes} min</span>
      </p>
      <TimeBars
        values={values}
        one={one}
        many={name}
        period="minute"
        timeOf={(index) => `${minutes - index} to ${minutes - index - 1} min ago`}
        ticks={[
          `${minutes} min ago`,
          `${Math.round((minutes * 2) / 3)}`,
          `${Math.round(minutes / 3)}`,
          'now',
        ]}
      />
    </div>
  )
}

function factsOf(
  lens: Lens,
  { counts, xray }: ProvidersRead,
): (readonly [string, string, isBad?: boolean])[] {
  const problem = (name: string, records: number) => [name, count(records), records > 0] as const
  if (lens === 'honeycomb') {
    return [
      ['Metric points since the start', count(counts.metricPoints)],
      problem('Spans rejected', counts.spansRejected),
    ]
  }
  if (lens === 'rollbar') return []
  return [
    ['They come by', WAYS[xray.pipeline]],
    problem('Dropped, unreadable', counts.segmentsDropped),
    ...(counts.segmentsOutsideRetention > 0
      ? [problem('Dated outside X-Ray’s 30 days', counts.segmentsOutsideRetention)]
      : []),
    ...(counts.kernelDrops === null ? [] : [problem('Dropped by the kernel', counts.kernelDrops)]),
  ]
}
