import { duration } from '../../../analysis/format.ts'
import { hrefOfTraces } from '../../compare/compare-address.ts'
import { announcement, clearMarks, marks, nameOf, sidesOf, toggleMark } from './marks.ts'

/** The requests that were selected for a comparison, and the way to it. */
export function CompareBar() {
  const sides = sidesOf(marks.value)
  const [a, b] = sides
  return (
    <>
      <p class="sr" role="status">
        {announcement.value}
      </p>
      {a && (
        <section class="line compare-bar small" aria-label="Comparison">
          {sides.map((row, index) => (
            <button key={row.traceId} type="button" class="chip" onClick={() => toggleMark(row)}>
              <span class="sr">Take back </span>
              <b>{index === 0 ? 'A' : 'B'}</b>
              <span class="cut">{nameOf(row)}</span>
              <span class="soft">{duration(row.durationMs)}</span>
              <span aria-hidden="true">×</span>
            </button>
          ))}
          {b ? (
            <a class="compare-link" href={hrefOfTraces(a.traceId, b.traceId)}>
              Compare
            </a>
          ) : (
            <span class="soft">
              Select a second request to compare them: its box, or <kbd>m</kbd> on its row
            </span>
          )}
          <button type="button" class="link" onClick={clearMarks}>
            Select none
          </button>
        </section>
      )}
    </>
  )
}
