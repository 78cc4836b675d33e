import { clock, plural } from '../../analysis/format.ts'
import { percentOf, type Range } from '../../analysis/trace/axis.ts'
import { occurrenceView, pinMs } from '../../analysis/trace/occurrence.ts'
import { isSelected, type Selection } from '../../analysis/trace/rows.ts'
import type { TraceLenses } from '../../contracts/sandbox/lenses.ts'
import { rollbarOccurrenceUrl } from '../../contracts/trace-links.ts'
import { lensColour, providers } from '../shell/providers.ts'
import { hrefOf } from '../shell/router.ts'
import { Stack } from './stack.tsx'

interface Props {
  readonly trace: TraceLenses
  readonly range: Range
  readonly selection: Selection
  readonly onSelect: (spanId: string, uuid: string) => void
  readonly empty: string
}

/** Rollbar's occurrences, each pinned to the time at which it happened. */
export function RollbarLane({ trace, range, selection, onSelect, empty }: Props) {
  const { occurrences } = trace
  return (
    <section id="rollbar" class="lens" style={lensColour('rollbar')} aria-labelledby="rollbar-title">
      <header class="lens-head">
        <h2 id="rollbar-title">Rollbar</h2>
        <span class="soft">{plural(occurrences.length, 'occurrence')}</span>
      </header>
      {occurrences.length === 0 && <p class="lens-empty">{empty}</p>}
      {occurrences.map((occurrence) => {
        const view = occurrenceView(occurrence)
        const isPressed = isSelected(selection, { key: occurrence.uuid, id: occurrence.spanId })
        return (
          <div key={occurrence.uuid} class={`occurrence ${isPressed ? 'selected' : ''}`}>
            <button
              type="button"
              class="wf wf-pin"
              aria-pressed={isPressed}
              onClick={() => onSelect(occurrence.spanId, occurrence.uuid)}
            >
              <span class="wf-name" title={view.title.slice(0, 1_000)}>
                <em class="tag bad">{view.level}</em>
                <b class="cut">{view.title.slice(0, 300) || occurrence.uuid}</b>
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
              <p class="line occurrence-foot">
                <a href={hrefOf(`errors/${occurrence.itemId}`)}>All occurrences of this error</a>
                {providers.value?.rollbar.mode === 'live' && (
                  <a href={rollbarOccurrenceUrl(occurrence.uuid)} target="_blank" rel="noreferrer">
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
