import type { TraceLenses } from '../../contracts/sandbox/lenses.ts'
import { clock, plural } from '../shell/format.ts'
import { hrefOf } from '../shell/router.ts'
import { percentOf, type Range } from './axis.ts'
import { occurrenceView, pinMs } from './occurrence.ts'
import { Stack } from './stack.tsx'

interface Props {
  readonly trace: TraceLenses
  readonly range: Range
  readonly selectedId: string
  readonly selectedKey: string
  readonly onSelect: (spanId: string, uuid: string) => void
  readonly linkOf: (uuid: string) => string | undefined
  readonly empty: string
}

/** Rollbar's occurrences, each pinned to the time at which it happened. */
export function RollbarLane({ trace, range, selectedId, selectedKey, onSelect, linkOf, empty }: Props) {
  const { occurrences } = trace
  return (
    <section id="rollbar" class="lens lens-of-rollbar" aria-labelledby="rollbar-title">
      <header class="lens-head">
        <h2 id="rollbar-title">Rollbar</h2>
        <span class="soft">{plural(occurrences.length, 'occurrence')}</span>
      </header>
      {occurrences.length === 0 && <p class="lens-empty">{empty}</p>}
      {occurrences.map((occurrence) => {
        const view = occurrenceView(occurrence)
        const isSelected =
          selectedKey === occurrence.uuid || (selectedId !== '' && selectedId === occurrence.spanId)
        const link = linkOf(occurrence.uuid)
        return (
          <div key={occurrence.uuid} class={`occurrence ${isSelected ? 'selected' : ''}`}>
            <button
              type="button"
              class="wf wf-pin"
              aria-pressed={isSelected}
              onClick={() => onSelect(occurrence.spanId, occurrence.uuid)}
            >
              <span class="wf-name" title={view.title.slice(0, 1_000)}>
                <em class="tag bad">{view.level}</em>
                <b>{view.title.slice(0, 300) || occurrence.uuid}</b>
              </span>
              <span class="wf-time">
                <i
                  class="wf-diamond"
                  style={{
                    left: `${Math.max(0, Math.min(100, percentOf(range, pinMs(occurrence, trace))))}%`,
                  }}
                />
              </span>
            </button>
            <div class="occurrence-body">
              <Stack exceptions={view.exceptions} />
              <p class="occurrence-foot">
                <a href={hrefOf(`errors/${occurrence.itemId}`)}>All occurrences of this error</a>
                {link && (
                  <a href={link} target="_blank" rel="noreferrer">
                    Open in Rollbar <span aria-hidden="true">↗</span>
                  </a>
                )}
                <span class="soft">
                  {view.environment && `${view.environment} · `}
                  {clock(trace.originMs + occurrence.atMs)} · <code>{occurrence.uuid}</code>
                </span>
              </p>
            </div>
          </div>
        )
      })}
    </section>
  )
}
