import { useMemo } from 'preact/hooks'
import { count, cut, duration, percent } from '../../analysis/format.ts'
import { criticalShares } from '../../analysis/trace/critical-shares.ts'
import type { LensTree } from '../../analysis/trace/lens-tree.ts'

const MAX_SHARES = 3
/** Characters */
const MAX_NAME = 90

interface Props {
  readonly tree: LensTree
  readonly onSelect: (id: string) => void
}

/** What the mark below the bars means, how it is found, and whose time is on it. */
export function CriticalLegend({ tree, onSelect }: Props) {
  const shares = useMemo(() => criticalShares(tree), [tree])
  const totalMs = shares.reduce((sum, { ms }) => sum + ms, 0)
  if (totalMs === 0) return null
  const hasOneService = shares.every(({ service }) => service === shares[0]?.service)
  return (
    <p class="critical-legend">
      <span class="critical-key" aria-hidden="true" /> <b>Critical path, {duration(totalMs)}:</b>{' '}
      <span class="soft">
        the parts for which the request waited. It is followed from the request’s end backwards, each time
        into the child that ended last. Most of it:
      </span>{' '}
      {shares.slice(0, MAX_SHARES).map(({ name, service, count: times, ms, longestId }) => (
        <span key={longestId} class="critical-share">
          <button type="button" class="link" title="Select the longest" onClick={() => onSelect(longestId)}>
            {times > 1 && `${count(times)} × `}
            {cut(name, MAX_NAME)}
          </button>{' '}
          {!hasOneService && `of ${service.slice(0, 40)} `}
          <span class="figure">
            {duration(ms)} ({percent(ms / totalMs)})
          </span>
        </span>
      ))}
    </p>
  )
}
