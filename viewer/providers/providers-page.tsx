import type { ComponentChildren } from 'preact'
import { useEffect } from 'preact/hooks'
import type { ProvidersRead, RuleUse } from '../../contracts/sandbox/health.ts'
import { Sparkline } from '../errors/sparkline.tsx'
import { useRead } from '../shell/api.ts'
import { useKeys } from '../shell/browser.ts'
import { ago, count } from '../shell/format.ts'
import { PageHead } from '../shell/page-head.tsx'
import { LENS_NAMES, LENSES, type Lens, providers } from '../shell/providers.ts'
import { hrefOf, navigate } from '../shell/router.ts'

const REFRESH_MS = 5_000

const MODES = {
  local: ['local', 'emulated by this sandbox'],
  live: ['live', 'records go to the provider itself, not to this sandbox'],
  off: ['off', 'switched off: nothing is sent'],
} as const

/** How segments reach this sandbox, by XRAY_PIPELINE. */
const WAYS = {
  sdk: 'UDP, at the daemon’s address',
  otlp: 'OTLP, signed',
  collector: 'an OpenTelemetry Collector, which converts spans',
} as const

/** For each provider: its mode, records received lately, HTTP errors with their reasons, and the sampling rules. */
export function ProvidersPage() {
  useKeys({ Escape: () => navigate(hrefOf('')) })
  const { value: view, error } = useRead<ProvidersRead>('sandbox/providers', REFRESH_MS)
  useEffect(() => {
    if (view) providers.value = view
  }, [view])
  return (
    <div class="page">
      <PageHead
        title="Providers"
        about="What each received in the last 15 minutes, which requests it answered with an error, and the sampling rules"
        error={error}
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
      <Rules rules={view.rules} isOn={view.xray.mode !== 'off'} />
      {view.pruned && (
        <p class="note">
          The oldest records have been deleted: the sandbox keeps 200,000 spans, as many log records and
          segments, and 20,000 errors, for seven days.
        </p>
      )}
    </>
  )
}

function Provider({ lens, view }: { readonly lens: Lens; readonly view: ProvidersRead }) {
  const [mode, meaning] = MODES[view[lens].mode]
  const { counts } = view
  const httpErrors = view.httpErrors.filter(({ provider }) => provider === lens)
  return (
    <section class={`card provider lens-of-${lens}`} aria-labelledby={`provider-${lens}`}>
      <header class="lens-head">
        <h2 id={`provider-${lens}`}>{LENS_NAMES[lens]}</h2>
        <span class={`mode mode-${mode}`}>{mode}</span>
      </header>
      <p class="soft small">{meaning[0]?.toUpperCase() + meaning.slice(1)}.</p>
      {lens === 'honeycomb' && (
        <>
          <Received name="Spans" values={view.received.spans} />
          <Received name="Log records" values={view.received.logs} />
          <Fact name="Metric points since the start">{count(counts.metricPoints)}</Fact>
          <Fact name="Spans rejected" isBad={counts.spansRejected > 0}>
            {count(counts.spansRejected)}
          </Fact>
        </>
      )}
      {lens === 'xray' && (
        <>
          <Received name="Segment documents" values={view.received.segments} />
          <Fact name="They come by">{WAYS[view.xray.pipeline]}</Fact>
          <Fact name="Dropped, unreadable" isBad={counts.segmentsDropped > 0}>
            {count(counts.segmentsDropped)}
          </Fact>
          {counts.kernelDrops !== null && (
            <Fact name="Dropped by the kernel" isBad={counts.kernelDrops > 0}>
              {count(counts.kernelDrops)}
            </Fact>
          )}
          {counts.lastDrop && <p class="small bad">{counts.lastDrop.slice(0, 300)}</p>}
        </>
      )}
      {lens === 'rollbar' && <Received name="Occurrences" values={view.received.occurrences} />}
      <h3>HTTP errors</h3>
      {httpErrors.length === 0 ? (
        <p class="soft small">Nothing since the sandbox was started.</p>
      ) : (
        <ul class="http-errors">
          {httpErrors.slice(0, 8).map((httpError) => (
            <li key={`${httpError.path}${httpError.status}${httpError.message}`}>
              <b class="bad">{httpError.status}</b> <code>{httpError.path}</code>
              <p>{httpError.message}</p>
              <p class="soft small">
                {count(httpError.count)} {httpError.count === 1 ? 'time' : 'times'}, last{' '}
                {ago(httpError.lastMs)}
              </p>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

function Received({ name, values }: { readonly name: string; readonly values: readonly number[] }) {
  const total = values.reduce((sum, value) => sum + value, 0)
  return (
    <div class="received">
      <span>{name}</span>
      <b>{count(total)}</b>
      <Sparkline values={values} about={`${name} by the minute`} />
    </div>
  )
}

interface FactProps {
  readonly name: string
  readonly isBad?: boolean
  readonly children: ComponentChildren
}

function Fact({ name, isBad = false, children }: FactProps) {
  return (
    <p class="fact">
      <span class="soft">{name}</span> <span class={isBad ? 'bad' : ''}>{children}</span>
    </p>
  )
}

function Rules({ rules, isOn }: { readonly rules: readonly RuleUse[]; readonly isOn: boolean }) {
  return (
    <section class="card" aria-labelledby="rules-title">
      <h2 id="rules-title">Sampling rules</h2>
      <p class="soft small">
        The first rule that matches decides. It keeps its reservoir of requests each second, then its rate of
        the rest.{!isOn && ' X-Ray is off, so no service uses them.'}
      </p>
      <div class="table-box">
        <table>
          <thead>
            <tr>
              <th scope="col">Priority</th>
              <th scope="col">Rule</th>
              <th scope="col">Matches</th>
              <th scope="col" class="number">
                Reservoir
              </th>
              <th scope="col" class="number">
                Rate
              </th>
              <th scope="col" class="number">
                Matched, last hour
              </th>
              <th scope="col" class="number">
                Kept
              </th>
            </tr>
          </thead>
          <tbody>
            {rules.map((rule) => (
              <tr key={rule.name}>
                <td>{rule.priority}</td>
                <td>
                  <b>{rule.name}</b>
                </td>
                <td>
                  <code>{rule.service}</code> <code>{rule.method}</code> <code>{rule.path}</code>
                </td>
                <td class="number">{rule.reservoir}/s</td>
                <td class="number">{Math.round(rule.fixedRate * 1_000) / 10} %</td>
                <td class="number">{count(rule.requests)}</td>
                <td class="number">
                  {count(rule.sampled)}
                  {rule.requests > 0 && (
                    <span class="soft"> ({Math.round((rule.sampled / rule.requests) * 100)} %)</span>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p class="soft small">
        As the services report it every ten seconds. Requests with their caller’s decision use no rule.
        <code>npm run aws</code> makes these rules from aws/json/.
      </p>
    </section>
  )
}
