import { CHANGE_MARKS, changesOf } from '../../analysis/compare/changes.ts'
import { shortSql } from '../../analysis/compare/span-name.ts'
import type { Line, Side } from '../../analysis/compare/span-paths.ts'
import { count, duration } from '../../analysis/format.ts'

const COLUMNS = [
  ['path', 'Path'],
  ['change', 'B against A'],
  ['total', 'Total time'],
  ['own', 'Own time'],
  ['count', 'Count'],
  ['errors', 'Errors'],
] as const

const MAX_INDENT = 16

export function PathHead() {
  return (
    <div class="grid-head row compare-row" role="row">
      {COLUMNS.map(([name, title]) => (
        <span key={name} role="columnheader" class={`p-${name}`}>
          {title}
        </span>
      ))}
    </div>
  )
}

interface Props {
  readonly line: Line
  readonly index: number
  /** Whether lines are indented and can be folded. */
  readonly isTree: boolean
  readonly isActive: boolean
  readonly isFolded: boolean
  /** The longest total of all lines: a full bar. */
  readonly longestMs: number
  /** The address of the slowest span of a line, in each trace. */
  readonly hrefs: Readonly<Record<'a' | 'b', (line: Line) => string | undefined>>
  readonly onFold: () => void
  readonly onSelect: () => void
}

export function PathRow(props: Props) {
  const { line, index, isTree, isActive, isFolded, onFold, onSelect } = props
  const { a, b, name, otherName, service, kind, children, depth, parent } = line
  const hasChildren = isTree && children.length > 0
  const isOrphan = (a?.orphans ?? 0) + (b?.orphans ?? 0) > 0
  return (
    <div
      id={`path-${index}`}
      role="row"
      class={`row compare-row ${isActive ? 'active' : ''}`}
      aria-level={isTree ? depth + 1 : undefined}
      aria-rowindex={index + 1}
      aria-selected={isActive}
      aria-expanded={hasChildren ? !isFolded : undefined}
      onClick={onSelect}
    >
      <span role="gridcell" class="p-path" title={name}>
        {isTree && <i class="indent" style={{ width: `${Math.min(depth, MAX_INDENT) * 14}px` }} />}
        {hasChildren ? (
          <button
            type="button"
            class="fold"
            tabIndex={-1}
            aria-label={isFolded ? 'Unfold' : 'Fold'}
            onClick={(event) => {
              event.stopPropagation()
              onFold()
            }}
          >
            {isFolded ? '▸' : '▾'}
          </button>
        ) : (
          isTree && <i class="fold" aria-hidden="true" />
        )}
        <span class="p-name">
          <b class="cut">
            {shortSql(name) || '(no name)'}
            {otherName !== undefined && ` in A, ${shortSql(otherName)} in B`}
          </b>
          <small class="cut soft">
            {service.slice(0, 80)}
            {kind && kind !== 'UNSPECIFIED' && ` · ${kind.toLowerCase().slice(0, 30)}`}
            {!isTree && parent && `, below ${shortSql(parent.name)}`}
          </small>
        </span>
        {isOrphan && <em class="tag">no parent here</em>}
      </span>
      <span role="gridcell" class="p-change">
        <Changes line={line} />
      </span>
      <span role="gridcell" class="p-total">
        <Bar {...props} side="a" />
        <Bar {...props} side="b" />
      </span>
      <span role="gridcell" class="p-narrow soft small">
        Own time {a ? duration(a.selfMs) : '–'}, {b ? duration(b.selfMs) : '–'}; count{' '}
        {a ? count(a.count) : '–'}, {b ? count(b.count) : '–'}
      </span>
      <Pair name="own" a={a && duration(a.selfMs)} b={b && duration(b.selfMs)} />
      <Pair name="count" a={a && count(a.count)} b={b && count(b.count)} />
      <span role="gridcell" class="p-errors">
        <Errors side={a} />
        <Errors side={b} />
      </span>
    </div>
  )
}

function Changes({ line }: { readonly line: Line }) {
  const changes = changesOf(line)
  if (changes.length === 0) return <span class="soft">no change</span>
  return (
    <>
      {changes.map(({ kind, text }) => (
        <span key={kind} class={`change change-${kind}`}>
          <i aria-hidden="true">{CHANGE_MARKS[kind]}</i>
          {text}
        </span>
      ))}
    </>
  )
}

function Bar({ line, side, longestMs, hrefs }: Props & { readonly side: 'a' | 'b' }) {
  const own = line[side]
  const letter = side.toUpperCase()
  const href = hrefs[side](line)
  if (!own || !href)
    return (
      <span class="p-bar soft">
        <span aria-hidden="true">{letter}</span> –
      </span>
    )
  const which = own.count > 1 ? `the slowest of ${own.count}` : 'its span'
  const width = longestMs > 0 ? (own.totalMs / longestMs) * 100 : 0
  return (
    <a
      class="p-bar"
      href={href}
      tabIndex={-1}
      title={`Opens ${which} in ${letter}`}
      onClick={(event) => event.stopPropagation()}
    >
      <span>{letter}</span>
      <i class={`p-length p-length-${side}`} style={{ width: `max(2px, ${width * 0.55}%)` }} />
      <span>{duration(own.totalMs)}</span>
      <span class="sr">opens {which}</span>
    </a>
  )
}

interface PairProps {
  readonly name: string
  readonly a: string | undefined
  readonly b: string | undefined
}

function Pair({ name, a, b }: PairProps) {
  return (
    <span role="gridcell" class={`p-${name}`}>
      <span>
        <span class="sr">A: </span>
        {a ?? '–'}
      </span>
      <span>
        <span class="sr">B: </span>
        {b ?? '–'}
      </span>
    </span>
  )
}

function Errors({ side }: { readonly side: Side | undefined }) {
  if (!side) return <span class="soft">–</span>
  return <span class={side.errors > 0 ? 'bad' : 'soft'}>{count(side.errors)}</span>
}
