import { count, duration, plural } from '../../../analysis/format.ts'
import type { LatencyPoint } from '../../../contracts/sandbox/lists.ts'
import { dateOf } from '../../charts/time-ticks.ts'
import type { FilterName } from '../filters/filters.ts'
import { setFilters } from '../filters/set-filters.ts'
import type { Frame, Outside } from './frame.ts'

interface Props {
  readonly drawn: number
  /** How many of the drawn ones the selection in the chart has; undefined without one. */
  readonly selected: number | undefined
  readonly matching: number
  readonly frame: Frame
  readonly outside: Outside
  /** The axes reach to the odd values too. */
  readonly isWhole: boolean
  readonly onWhole: (isWhole: boolean) => void
}

/** How many requests the chart draws of how many, and what it draws at its edge. */
export function LatencyWords({ drawn, selected, matching, frame, outside, isWhole, onWhole }: Props) {
  const sides = sidesOf(outside, frame)
  return (
    <p class="line latency-words small soft">
      <span>
        {drawn < matching ? (
          <span title="Of each slice of time the failed and the slowest requests, and an even choice of the others">
            {count(drawn)} of {plural(matching, 'request')} drawn
            <span class="latency-choice">: the failed, the slowest, some others</span>
          </span>
        ) : (
          `${plural(drawn, 'request')} drawn`
        )}
        {selected !== undefined && `, ${count(selected)} of them selected`}
      </span>
      {sides.length > 0 && (
        <span class="latency-odd">
          <i aria-hidden="true" />
          At the edge:{' '}
          {sides.map(({ words, range }, index) => (
            <>
              {index > 0 && ', '}
              <button
                key={words}
                type="button"
                class="link"
                title="Lists only these"
                onClick={() => setFilters(range, { replaces: false })}
              >
                {words}
              </button>
            </>
          ))}
        </span>
      )}
      {(sides.length > 0 || isWhole) && (
        <button type="button" class="link" aria-pressed={isWhole} onClick={() => onWhole(!isWhole)}>
          {isWhole ? 'Leave odd values at the edge' : 'Draw them in place'}
        </button>
      )}
    </p>
  )
}

interface Side {
  readonly words: string
  /** The filters that list them. */
  readonly range: Partial<Record<FilterName, string>>
}

function sidesOf({ earlier, later, faster, slower }: Outside, frame: Frame): Side[] {
  const none = { since: '', until: '', min: '', max: '' }
  const side = (
    points: readonly LatencyPoint[],
    word: string,
    extreme: (points: readonly LatencyPoint[]) => string,
    range: Side['range'],
  ): Side[] =>
    points.length === 0
      ? []
      : [{ words: `${count(points.length)} ${word} (${extreme(points)})`, range: { ...none, ...range } }]
  const firstDate = (points: readonly LatencyPoint[]) => dateOf(Math.min(...points.map(([ms]) => ms)))
  const lastDate = (points: readonly LatencyPoint[]) => dateOf(Math.max(...points.map(([ms]) => ms)))
  const least = (points: readonly LatencyPoint[]) => duration(Math.min(...points.map(([, ms]) => ms)))
  const most = (points: readonly LatencyPoint[]) => duration(Math.max(...points.map(([, ms]) => ms)))
  return [
    ...side(earlier, 'earlier', firstDate, { until: String(Math.floor(frame.fromMs)) }),
    ...side(later, 'later', lastDate, { since: String(Math.ceil(frame.toMs)) }),
    ...side(slower, 'slower', most, { min: String(frame.highMs) }),
    ...side(faster, 'faster', least, { max: String(frame.lowMs) }),
  ]
}
