import { useState } from 'preact/hooks'
import type { ErrorList } from '../../contracts/sandbox/lists.ts'
import { useRead } from '../shell/api.ts'
import { stepKeys, useKeys } from '../shell/browser.ts'
import { ago, clock, count } from '../shell/format.ts'
import { useLive } from '../shell/live.ts'
import { PageHead } from '../shell/page-head.tsx'
import { providers } from '../shell/providers.ts'
import { hrefOf, navigate } from '../shell/router.ts'
import { Sparkline } from './sparkline.tsx'

const NOTES = {
  local: '',
  live: 'Rollbar is live: its new errors are there, not here.',
  off: 'Rollbar is switched off.',
} as const

/** Rollbar's items: errors of one kind together, with how often and when. */
export function ErrorsPage() {
  const { value, error, reload } = useRead<ErrorList>('sandbox/errors')
  const [active, setActive] = useState(-1)
  useLive('has=rollbar', (event) => {
    if (!event || event.occurrences > 0) reload()
  })
  const items = value?.items ?? []
  useKeys({
    ...stepKeys(items.length, active, setActive),
    Enter: () => items[active] && navigate(hrefOf(`errors/${items[active].id}`)),
    Escape: () => navigate(hrefOf('')),
  })
  return (
    <div class="page">
      <PageHead
        title="Errors"
        about={
          <>
            Rollbar’s items: occurrences of one kind, grouped by their fingerprint
            {value &&
              items.length > 0 &&
              `, from ${clock(value.fromS * 1_000)} to ${clock(value.toS * 1_000)}`}
          </>
        }
        error={error}
        note={NOTES[providers.value?.rollbar.mode ?? 'local']}
      />
      {value && items.length === 0 ? (
        <div class="empty">
          <h2>No error was sent</h2>
          <p>Fail on purpose, and see it here with its stack and its trace:</p>
          <pre>curl -i http://localhost:4567/rollbar/test</pre>
        </div>
      ) : (
        <ul class="cards">
          {items.map((item, index) => (
            <li key={item.id} class={`card error-card ${index === active ? 'active' : ''}`}>
              <div class="error-title">
                <em class="tag bad">{item.level}</em>
                <a class="cut" href={hrefOf(`errors/${item.id}`)} title={item.title}>
                  {item.title || `Item ${item.id}`}
                </a>
              </div>
              <p class="soft small">
                {item.environment} · {item.framework} · first {ago(item.firstS * 1_000)}, last{' '}
                {ago(item.lastS * 1_000)}
                {item.lastTraceId && (
                  <>
                    {' · '}
                    <a href={hrefOf(`trace/${item.lastTraceId}`, '', 'rollbar')}>last trace</a>
                  </>
                )}
              </p>
              <Sparkline values={item.spread} about="Occurrences over time" />
              <p class="error-total">
                <b>{count(item.total)}</b> <span class="soft">{item.total === 1 ? 'time' : 'times'}</span>
              </p>
            </li>
          ))}
        </ul>
      )}
      {value && value.total > items.length && (
        <p class="soft">
          The latest {items.length} of {count(value.total)}.
        </p>
      )}
    </div>
  )
}
