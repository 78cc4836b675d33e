import { providers } from '../shell/providers.ts'
import { fitted, useAges } from './fitting-range.ts'
import { hrefOfQuestion } from './question-menus.tsx'
import { STARTERS } from './starters.ts'

/** For a sandbox without events. */
export function NoData() {
  const isLive = providers.value?.honeycomb.mode === 'live'
  return (
    <div class="empty">
      <h2>No event is stored yet</h2>
      {isLive ? (
        <p>
          Honeycomb is live: its events go there, not to this sandbox. Without <code>HONEYCOMB_API_KEY</code>{' '}
          they are stored here, and this page answers questions about them offline.
        </p>
      ) : (
        <>
          <p>
            This page answers questions about stored spans and log records. Send some, a minute of traffic
            over all routes:
          </p>
          <pre>npm run load</pre>
        </>
      )}
    </div>
  )
}

/** Questions to begin with, for a page without one. */
export function FirstQuestions() {
  const ages = useAges()
  return (
    <section class="first-questions" aria-labelledby="first-questions">
      <h2 id="first-questions">Begin with a question</h2>
      <p class="soft">
        SELECT chooses what to calculate, WHERE which events count, GROUP BY how to divide them. An event is a
        span or a log record, with its attributes as columns. The answer changes as you type.
      </p>
      <ul class="cards starters">
        {STARTERS.map((starter) => (
          <li key={starter.name} class="card">
            <a href={hrefOfQuestion(fitted(starter, ages))}>{starter.name}</a>
            <p class="soft small">{starter.about}</p>
          </li>
        ))}
      </ul>
    </section>
  )
}
