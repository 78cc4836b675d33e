import { providers } from '../shell/providers.ts'

/** For a sandbox that has received no metric. */
export function NoMetrics() {
  const isLive = providers.value?.honeycomb.mode === 'live'
  return (
    <div class="empty">
      <h2>No metric has arrived yet</h2>
      {isLive ? (
        <p>
          Honeycomb is live: metrics go there, not to this sandbox. Without <code>HONEYCOMB_API_KEY</code>{' '}
          they are stored here, and this page draws them.
        </p>
      ) : (
        <>
          <p>
            A service collects its metrics and sends them in intervals, the sample every 10 to 60 seconds.
            Send some requests, then wait a minute:
          </p>
          <pre>npm run load</pre>
          <p>The page shows them as soon as they arrive.</p>
        </>
      )}
    </div>
  )
}
