import { useMemo, useState } from 'preact/hooks'
import { inOrder, type Line } from '../../analysis/compare/span-paths.ts'
import { plural } from '../../analysis/format.ts'
import type { TraceLenses } from '../../contracts/sandbox/lenses.ts'
import { listKeys, useKeys, useMedia } from '../shell/browser.ts'
import { hrefOf, navigate } from '../shell/router.ts'
import { VirtualRows } from '../shell/virtual-rows.tsx'
import type { Sort } from './compare-address.ts'
import { PathHead, PathRow } from './path-row.tsx'
import { visibleLines } from './visible-lines.ts'

const ROW_HEIGHT = 52
const NARROW_ROW_HEIGHT = 124

interface Props {
  readonly a: TraceLenses
  readonly b: TraceLenses
  readonly lines: readonly Line[]
  readonly sort: Sort
  readonly isOnlyChanges: boolean
}

/** The lines of the comparison as a tree, with the numbers of both traces and the difference in words. */
export function PathTable({ a, b, lines, sort, isOnlyChanges }: Props) {
  const [folded, setFolded] = useState<ReadonlySet<Line>>(new Set())
  const [cursor, setCursor] = useState<Line>()
  const isNarrow = useMedia('(max-width: 60rem)')
  const shown = useMemo(
    () => visibleLines(lines, { sort, isOnlyChanges, folded }),
    [lines, sort, isOnlyChanges, folded],
  )
  const longestMs = useMemo(
    () =>
      inOrder(lines).reduce((most, line) => Math.max(most, line.a?.totalMs ?? 0, line.b?.totalMs ?? 0), 0),
    [lines],
  )
  const active = cursor ? shown.indexOf(cursor) : -1
  const current = shown[active]
  const hrefs = {
    a: (line: Line) => spanHref(a, line.a?.slowestId),
    b: (line: Line) => spanHref(b, line.b?.slowestId),
  }
  const open = (side: 'a' | 'b') => {
    const href = current && hrefs[side](current)
    if (href) navigate(href)
  }
  const fold = (line: Line) =>
    setFolded((before) => {
      const next = new Set(before)
      if (!next.delete(line)) next.add(line)
      return next
    })
  const isTree = sort === 'place'
  useKeys({
    ...listKeys(shown.length, active, (index) => setCursor(shown[index])),
    ArrowLeft: () =>
      isTree && current && current.children.length > 0 && !folded.has(current) && fold(current),
    ArrowRight: () => isTree && current && folded.has(current) && fold(current),
    a: () => open('a'),
    b: () => open('b'),
    Enter: () => open(current?.b ? 'b' : 'a'),
  })
  if (shown.length === 0) return <p class="soft">No path differs by more than noise.</p>
  return (
    <VirtualRows
      className="compare-rows"
      role="treegrid"
      label={`${plural(shown.length, 'path')}, with both traces’ numbers`}
      count={shown.length}
      rowHeight={isNarrow ? NARROW_ROW_HEIGHT : ROW_HEIGHT}
      active={active}
      activeId={current && `path-${active}`}
      head={<PathHead />}
      render={(index) => {
        const line = shown[index]
        return (
          line && (
            <PathRow
              key={index}
              {...{ line, index, isTree, longestMs, hrefs }}
              isActive={index === active}
              isFolded={folded.has(line)}
              onFold={() => fold(line)}
              onSelect={() => setCursor(line)}
            />
          )
        )
      }}
    />
  )
}

function spanHref({ traceId }: TraceLenses, spanId: string | undefined): string | undefined {
  return spanId === undefined
    ? undefined
    : hrefOf(`trace/${traceId}`, new URLSearchParams({ span: spanId }).toString())
}
