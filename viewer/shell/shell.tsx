import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { AskPage } from '../ask/ask-page.tsx'
import { ComparePage } from '../compare/compare-page.tsx'
import { ErrorPage } from '../errors/error-page.tsx'
import { ErrorsPage } from '../errors/errors-page.tsx'
import { HelpPage } from '../help/help-page.tsx'
import { INDEX } from '../help/links.ts'
import { LogsPage } from '../logs/logs-page.tsx'
import { MapPage } from '../map/map-page.tsx'
import { MetricsPage } from '../metrics/metrics-page.tsx'
import { ProvidersPage } from '../providers/providers-page.tsx'
import { RequestsPage } from '../requests/requests-page.tsx'
import { TracePage } from '../trace/trace-page.tsx'
import { useKeys } from './browser.ts'
import { Help } from './help.tsx'
import { liveState, pollMs } from './live.ts'
import { refreshProviders } from './providers.ts'
import { hrefOf, navigate, path, startRouter } from './router.ts'
import { startTheme } from './theme.ts'
import { ThemeButton } from './theme-button.tsx'

const PAGES = [
  ['', 'Requests'],
  ['ask', 'Ask'],
  ['metrics', 'Metrics'],
  ['map', 'Service map'],
  ['errors', 'Errors'],
  ['logs', 'Logs'],
  ['providers', 'Providers'],
] as const

startRouter()
startTheme()
refreshProviders()

/** The frame around each page, with navigation and the state of the live feed. */
export function Shell() {
  const help = useRef<HTMLDialogElement>(null)
  const main = useRef<HTMLElement>(null)
  const first = useRef(true)
  const where = path.value
  const [room = ''] = where.split('/')
  useKeys({
    '?': () => help.current?.showModal(),
    ...Object.fromEntries(PAGES.map(([page], index) => [index + 1, () => navigate(hrefOf(page))])),
  })
  // Only a change of page moves the focus.
  useEffect(() => {
    // Screen readers announce the new page by its focus. The browser announces the first page.
    if (!first.current) main.current?.focus({ preventScroll: true })
    first.current = false
  }, [room])
  return (
    <div class="shell">
      <a
        class="skip"
        href={`${location.href.split('#')[0]}#main`}
        onClick={(event) => {
          event.preventDefault()
          main.current?.focus()
        }}
      >
        Skip to the page
      </a>
      <header class="bar">
        <a class="brand" href={hrefOf('')}>
          <Logo />
          <span>Sandbox</span>
        </a>
        <nav aria-label="Pages">
          {PAGES.map(([page, name]) => {
            const isHere = page === room || (page === '' && (room === 'trace' || room === 'compare'))
            return (
              <a key={page} href={hrefOf(page)} aria-current={isHere ? 'page' : undefined}>
                {name}
              </a>
            )
          })}
        </nav>
        <div class="bar-end">
          <Live />
          <ThemeButton />
          <button
            type="button"
            class="quiet"
            onClick={() => help.current?.showModal()}
            title="Keys and words (?)"
          >
            <span aria-hidden="true">?</span>
            <span class="sr">Keys and words</span>
          </button>
        </div>
      </header>
      <main id="main" ref={main} tabIndex={-1}>
        {pageOf(where)}
      </main>
      <Help dialog={help} pages={PAGES.map(([, name]) => name)} />
    </div>
  )
}

function pageOf(where: string): ComponentChildren {
  const [room, id = '', part = ''] = where.split('/')
  if (room === '') return <RequestsPage />
  if (room === 'trace')
    return <TracePage key={id} id={decodeURIComponent(id)} spanId={decodeURIComponent(part)} />
  if (room === 'compare') return <ComparePage />
  if (room === 'ask') return <AskPage />
  if (room === 'metrics') return <MetricsPage />
  if (room === 'map') return <MapPage />
  if (room === 'errors') return id ? <ErrorPage key={id} id={id} /> : <ErrorsPage />
  if (room === 'logs') return <LogsPage />
  if (room === 'providers') return <ProvidersPage />
  if (room === 'help') return <HelpPage key={id} name={id || INDEX} />
  return (
    <div class="page">
      <p class="empty">
        There is no such page. <a href={hrefOf('')}>The requests</a>
      </p>
    </div>
  )
}

const LIVE_WORDS = {
  connecting: 'Connecting',
  live: 'Live',
  lost: 'Not connected',
} as const

function Live() {
  const state = liveState.value
  if (state === 'idle') return null
  return (
    <span class={`live live-${state}`} role="status">
      <i aria-hidden="true" />
      {state === 'polling' ? `Read every ${pollMs.value / 1_000} s` : LIVE_WORDS[state]}
    </span>
  )
}

function Logo() {
  return (
    <svg viewBox="0 0 20 20" width="20" height="20" aria-hidden="true">
      <rect style={{ fill: 'var(--honeycomb)' }} x="1" y="3" width="18" height="3.4" rx="1.7" />
      <rect style={{ fill: 'var(--xray)' }} x="4" y="8.3" width="13" height="3.4" rx="1.7" />
      <rect style={{ fill: 'var(--rollbar)' }} x="9" y="13.6" width="6" height="3.4" rx="1.7" />
    </svg>
  )
}
