import { clock, count, duration } from '../../../analysis/format.ts'
import type { RequestRow } from '../../../contracts/sandbox/lists.ts'
import { LENSES } from '../../../contracts/trace-links.ts'
import { dateOf } from '../../charts/time-ticks.ts'
import { hrefOf } from '../../shell/router.ts'
import { isMarked, nameOf, toggleMark } from '../marks/marks.ts'
import { Badge } from './badge.tsx'
import { withoutPrefix } from './service-names.ts'

const MAX_SERVICES = 6
const MAX_SERVICES_IN_TITLE = 40
const MAX_NAME = 300

interface Props {
  readonly row: RequestRow
  readonly index: number
  readonly isActive: boolean
  /** What a full bar stands for. */
  readonly fullMs: number
  /** What the services' names begin with; left out. */
  readonly prefix: string
  readonly onOpen: (traceId: string) => void
}

export function Row({ row, index, isActive, fullMs, prefix, onOpen }: Props) {
  const bad = row.error || (row.status ?? 0) >= 500
  const marked = isMarked(row.traceId)
  return (
    <div
      id={`r-${row.traceId}`}
      role="row"
      aria-rowindex={index + 1}
      aria-selected={isActive}
      class={`row request ${bad ? 'failed' : ''} ${isActive ? 'active' : ''} ${marked ? 'marked' : ''}`}
      onClick={({ target }) => {
        if (!(target instanceof Element && target.closest('a, button, label'))) onOpen(row.traceId)
      }}
    >
      <span role="gridcell" class="c-mark">
        <label title="Select two requests to compare them (m)">
          <span class="sr">Select {nameOf(row)} for a comparison</span>
          <input type="checkbox" checked={marked} tabIndex={-1} onChange={() => toggleMark(row)} />
        </label>
      </span>
      <span role="gridcell" class="c-time soft">
        <Start ms={row.startMs} />
      </span>
      <span role="gridcell" class="c-request">
        <a class="cut" href={hrefOf(`trace/${row.traceId}`)} tabIndex={-1} title={row.name}>
          {row.name.slice(0, MAX_NAME) || row.traceId}
        </a>
        {row.pruned && (
          <em class="tag" title="Some of its records were deleted, because the sandbox has limited space">
            pruned
          </em>
        )}
      </span>
      <span role="gridcell" class="c-status">
        <Status row={row} />
      </span>
      <span role="gridcell" class="c-duration">
        <i
          class={`length ${row.durationMs > fullMs ? 'is-cut' : ''}`}
          aria-hidden="true"
          title={row.durationMs > fullMs ? `Cut: a full bar is ${duration(fullMs)}` : ''}
        >
          <i style={{ width: `${Math.min(100, Math.max(1, (row.durationMs / fullMs) * 100))}%` }} />
        </i>
        <span>{duration(row.durationMs)}</span>
      </span>
      <Services names={row.services} prefix={prefix} />
      {LENSES.map((lens) => (
        <span key={lens} role="gridcell" class="c-lens">
          <Badge row={row} lens={lens} isActive={isActive} />
        </span>
      ))}
    </div>
  )
}

function Status({ row }: { readonly row: RequestRow }) {
  if (row.status !== null) return <b class={`status s${Math.floor(row.status / 100)}`}>{row.status}</b>
  return row.error ? <b class="status bad">error</b> : <span class="soft">–</span>
}

/** The part of each name that differs. The tooltip and screen readers have whole names. */
function Services({ names, prefix }: { readonly names: readonly string[]; readonly prefix: string }) {
  const shown = names.slice(0, MAX_SERVICES)
  const more = names.length > MAX_SERVICES && ` and ${count(names.length - MAX_SERVICES)} more`
  const whole = shown.join(', ')
  const short = shown.map((name) => withoutPrefix(name, prefix)).join(', ')
  return (
    <span role="gridcell" class="c-services soft" title={names.slice(0, MAX_SERVICES_IN_TITLE).join(', ')}>
      {short === whole ? (
        whole
      ) : (
        <>
          <span class="sr">{whole}</span>
          <span aria-hidden="true">{short}</span>
        </>
      )}
      {more}
    </span>
  )
}

/** The time of day, with the date of another day; of another year the date alone. The tooltip has all of it. */
function Start({ ms }: { readonly ms: number }) {
  const date = new Date(ms)
  if (Number.isNaN(date.getTime())) return <time>–</time>
  const isThisYear = date.getFullYear() === new Date().getFullYear()
  return (
    <time dateTime={date.toISOString()} title={`${dateOf(ms)}, ${clock(ms, { milliseconds: true })}`}>
      {isThisYear ? clock(ms) : dateOf(ms)}
    </time>
  )
}
