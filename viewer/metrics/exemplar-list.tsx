import { useState } from 'preact/hooks'
import { clock, count, plural } from '../../analysis/format.ts'
import type { MetricAnswer } from '../../contracts/sandbox/metrics.ts'
import { hrefOfSpan } from '../shell/router.ts'
import { groupLabel } from './metric-lines.ts'

/** Rows that are shown at first. */
const FIRST = 8

interface Props {
  readonly answer: MetricAnswer
  readonly format: (value: number) => string
}

/** Single measurements with their traces, the greatest first: what keys reach of the dots in the charts. */
export function ExemplarList({ answer, format }: Props) {
  const [isAll, setAll] = useState(false)
  const { exemplars, groups } = answer
  if (exemplars.length === 0) return null
  const sorted = exemplars.toSorted((a, b) => b.value - a.value || b.atMs - a.atMs)
  const shown = isAll ? sorted : sorted.slice(0, FIRST)
  const isGrouped = groups.some(({ key }) => key.length > 0)
  return (
    <section class="card exemplars" aria-labelledby="exemplars">
      <h2 id="exemplars">Exemplars</h2>
      <p class="soft small">
        Single measurements that the sender kept with the trace in which they were made. The greatest first;
        in the charts the greatest of each step and group is a diamond, if its trace is still stored: at its
        own value, ▲ at the upper edge if that is above the axis, and on the line in charts of rates and
        totals.
      </p>
      <ul>
        {shown.map((exemplar) => {
          const { atMs, value, traceId, spanId, group, isStored } = exemplar
          return (
            <li key={`${atMs} ${value} ${spanId} ${group}`}>
              <span class="soft">{clock(atMs)}</span>
              <b class="number">{format(value)}</b>
              {isGrouped && <span class="cut">{groupLabel(groups[group]?.key ?? [])}</span>}
              {traceId === '' ? (
                <span class="soft">outside any trace</span>
              ) : isStored ? (
                <a href={hrefOfSpan(exemplar)}>
                  <span class="sr">{format(value)}: </span>trace{' '}
                  <span class="mono">{traceId.slice(0, 8)}…</span>
                </a>
              ) : (
                <span class="soft">trace no longer stored</span>
              )}
            </li>
          )
        })}
      </ul>
      {sorted.length > FIRST && (
        <p class="line more">
          <button type="button" aria-expanded={isAll} onClick={() => setAll(!isAll)}>
            {isAll ? `Show the first ${FIRST}` : `Show all ${count(sorted.length)}`}
          </button>
          <span class="soft">{plural(sorted.length, 'exemplar')}</span>
        </p>
      )}
    </section>
  )
}
