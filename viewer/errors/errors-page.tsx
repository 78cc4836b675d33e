import { useState } from 'preact/hooks'
import { ago, clock, count, duration } from '../../analysis/format.ts'
import type { ErrorList } from '../../contracts/sandbox/lists.ts'
import { useRead } from '../shell/api.ts'
import { stepKeys, useKeys } from '../shell/browser.ts'
import { useLive } from '../shell/live.ts'
import { PageHead } from '../shell/page-head.tsx'
import { providers } from '../shell/providers.ts'
import { hrefOf, navigate } from '../shell/router.ts'
import { TimeBars } from '../shell/time-bars.tsx'
import { Circumstances } from './circumstances.tsx'

const NOTES = {
  local: '',
  live: 'Rollbar is live: its new errors are there, not here.',
  off: 'Rollbar is switched off.',
} as const

/** By Rollbar's level; others have none. */
const LEVEL_COLOURS: Readonly<Record<string, string>> = { critical: 'bad', error: 'bad', warning: 'only' }

/** Rollbar's items: errors of one kind together, with how often and when. */
export function ErrorsPage() {
  const { value, error, reload } = useRead<ErrorList>('sandbox/errors')
  /** The item with the cursor, which stays when others arrive above it. */
  const [cursor, setCursor] = useState<number>()
  useLive('has=rollbar', (event) => {
    if (!event || event.occurrences > 0) reload()
  })
  const items = value?.items ?? []
  const active = items.findIndex(({ id }) => id === cursor)
  useKeys({
    ...stepKeys(items.length, active, (index) => setCursor(items[index]?.id)),
    Enter: () => items[active] && navigate(hrefOf(`errors/${items[active].id}`)),
    Escape: () => navigate(hrefOf('')),
  })
  return (
    <div class="page">
      <PageHead
        title="Errors"
        about="Rollbar’s items: occurrences of one kind, grouped by their fingerprint. Each has the route and the place of its last occurrence."
        error={error}
        onRetry={reload}
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
                <em class={`tag ${LEVEL_COLOURS[item.level] ?? ''}`}>{item.level}</em>
                <a class="cut" href={hrefOf(`errors/${item.id}`)} title={item.title}>
                  {item.title || `Item ${item.id}`}
                </a>
              </div>
              <Circumstances item={item} />
              <p class="error-times soft small">
                {item.environment} · {item.framework !== 'unknown' && `${item.framework} · `}#{item.id} ·
                first {ago(item.firstS * 1_000)}, last {ago(item.lastS * 1_000)}
                {' · '}
                {item.lastTraceId ? (
                  <a href={hrefOf(`trace/${item.lastTraceId}`, '', 'rollbar')}>last trace</a>
                ) : (
                  'names no trace'
                )}
              </p>
              {value && <Spread values={item.spread} fromS={value.fromS} toS={value.toS} />}
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

interface SpreadProps {
  readonly values: readonly number[]
  /** Epoch seconds. */
  readonly fromS: number
  readonly toS: number
}

/** When the occurrences were. */
function Spread({ values, fromS, toS }: SpreadProps) {
  const periodMs = ((toS - fromS) * 1_000) / values.length
  return (
    <TimeBars
      values={values}
      one="occurrence"
      many="Occurrences"
      period={duration(periodMs)}
      timeOf={(index) => `from ${clock(fromS * 1_000 + index * periodMs)}`}
      ticks={[clock(fromS * 1_000), clock(toS * 1_000)]}
      isBad
    />
  )
}
