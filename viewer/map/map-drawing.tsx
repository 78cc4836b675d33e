import { useEffect, useRef, useState } from 'preact/hooks'
import { plural } from '../../analysis/format.ts'
import type { MapEdge, ServiceMap } from '../../contracts/sandbox/map.ts'
import type { Box } from './layout.ts'
import { MapNodeCard } from './node-card.tsx'
import { rate, ratedMs } from './rate.ts'
import { requestsHref } from './requests-link.ts'
import { useLayout } from './use-layout.ts'
import { callInWords, time, titleOf, troubleOf } from './words.ts'

/** The map as a drawing. The table below has the same content as text. */
export function MapDrawing({ map }: { readonly map: ServiceMap }) {
  const box = useRef<HTMLDivElement>(null)
  const width = useWidth(box)
  const drawn = useLayout(map, width)
  const first = drawn?.nodes.get(drawn.shownNodes[0]?.id ?? '')
  const isDrawn = drawn !== undefined
  const [isLarger, setLarger] = useState(false)
  // A drawing begins at its top, and a high one where traces enter, which is in the middle of its side.
  useEffect(() => {
    const { current } = box
    if (!current || !first) return
    const bottom = rem(first.y + first.height / 2) * remInPx()
    const isVisible = bottom <= current.clientHeight
    current.scrollTop = isVisible ? 0 : rem(first.y) * remInPx() - current.clientHeight / 2
    current.scrollLeft = rem(first.x) * remInPx() - current.clientWidth / 2
  }, [isDrawn, map.by])
  useEffect(() => {
    const { current } = box
    if (current)
      setLarger(
        current.scrollHeight > current.clientHeight + 1 || current.scrollWidth > current.clientWidth + 1,
      )
  }, [drawn])
  const names = new Map(map.nodes.map((node) => [node.id, titleOf(node, map.by)]))
  return (
    <>
      {/* Two links for each call come before the table. */}
      <a
        class="skip"
        href={`${location.href.split('#')[0]}#calls-title`}
        onClick={(event) => {
          event.preventDefault()
          document.querySelector<HTMLElement>('.map-calls')?.focus()
        }}
      >
        Skip to the table
      </a>
      {isLarger && <p class="soft small map-larger">The drawing is larger than its box, which scrolls.</p>}
      <div
        ref={box}
        class="card map-box"
        tabIndex={0}
        role="group"
        aria-label="Service map"
        aria-describedby="map-about"
      >
        <p id="map-about" class="sr">
          {aboutOf(map)}
        </p>
        {drawn && (
          <div
            class={drawn.isDense ? 'map dense' : 'map'}
            style={{ width: `${rem(drawn.width)}rem`, height: `${rem(drawn.height)}rem` }}
          >
            <svg viewBox={`0 0 ${drawn.width} ${drawn.height}`} aria-hidden="true">
              <Arrows />
              {drawn.edges.map(({ path }, index) => {
                const edge = drawn.shownEdges[index]
                const kind = (edge && troubleOf(edge)?.kind) ?? 'ok'
                return (
                  <path
                    key={`${edge?.from} ${edge?.to}`}
                    class={`map-line ${kind}`}
                    d={path}
                    marker-end={`url(#arrow-${kind})`}
                  />
                )
              })}
            </svg>
            {drawn.shownNodes.map((node) => (
              <div key={node.id} class="map-place" style={placeOf(drawn.nodes.get(node.id))}>
                <MapNodeCard node={node} map={map} isDense={drawn.isDense} />
              </div>
            ))}
            {drawn.shownEdges.map((edge, index) => (
              <div
                key={`${edge.from} ${edge.to}`}
                class="map-place"
                style={placeOf(drawn.edges[index]?.label)}
              >
                <EdgeLabel edge={edge} map={map} names={names} isDense={drawn.isDense} />
              </div>
            ))}
          </div>
        )}
      </div>
      {drawn && drawn.shownNodes.length < map.nodes.length && (
        <p class="soft small">
          The {drawn.shownNodes.length} busiest of {map.nodes.length} are drawn; the table has all.
        </p>
      )}
    </>
  )
}

interface LabelProps {
  readonly edge: MapEdge
  readonly map: ServiceMap
  readonly names: ReadonlyMap<string, string>
  readonly isDense: boolean
}

function EdgeLabel({ edge, map, names, isDense }: LabelProps) {
  const trouble = troubleOf(edge)
  const words = callInWords(names.get(edge.from) ?? '', names.get(edge.to) ?? '', edge)
  const often = rate(edge.requests, ratedMs(map))
  return (
    <a class={`map-label ${trouble?.kind ?? ''}`} href={requestsHref(edge, map)} title={words}>
      <span class="sr">{words}</span>
      <span aria-hidden="true">{isDense ? `${often} · ${time(edge.p95Ms)}` : often}</span>
      {!isDense && <span aria-hidden="true">p95 {time(edge.p95Ms)}</span>}
      {trouble && (
        <span aria-hidden="true" class="map-trouble">
          {isDense ? `${trouble.sign} ${trouble.share}` : trouble.text}
        </span>
      )}
    </a>
  )
}

/** A head for the lines of each colour. */
function Arrows() {
  return (
    <defs>
      {['ok', 'error', 'fault'].map((kind) => (
        <marker
          key={kind}
          id={`arrow-${kind}`}
          class={`map-arrow ${kind}`}
          viewBox="0 0 8 8"
          refX="7.5"
          refY="4"
          markerWidth="9"
          markerHeight="9"
          markerUnits="userSpaceOnUse"
          orient="auto"
        >
          <path d="M0 0 L8 4 L0 8 z" />
        </marker>
      ))}
    </defs>
  )
}

function aboutOf({ nodes, edges, by }: ServiceMap): string {
  const what = nodes.filter(({ kind }) => kind !== 'clients').length
  return `${plural(what, by)} and ${plural(edges.length, 'call')} between them and their clients. The table below has the same in words.`
}

function placeOf(box: Box | undefined) {
  if (!box) return { display: 'none' }
  const { x, y, width, height } = box
  return {
    left: `${rem(x - width / 2)}rem`,
    top: `${rem(y - height / 2)}rem`,
    width: `${rem(width)}rem`,
    height: `${rem(height)}rem`,
  }
}

/** A unit of the layout is a pixel where 1 rem is 14, as in most windows; the drawing grows with the page's text. */
function rem(units: number): number {
  return units / 14
}

function remInPx(): number {
  return Number.parseFloat(getComputedStyle(document.documentElement).fontSize)
}

/** The width of what an element holds, in units of the layout, as the window is resized. 0 at first. */
function useWidth(element: { readonly current: HTMLElement | null }): number {
  const [width, setWidth] = useState(0)
  useEffect(() => {
    const { current } = element
    if (!current) return
    const observer = new ResizeObserver(([entry]) => {
      if (entry) setWidth(Math.floor((entry.contentRect.width / remInPx()) * 14))
    })
    observer.observe(current)
    return () => observer.disconnect()
  }, [])
  return width
}
