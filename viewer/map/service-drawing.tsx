import { duration, plural } from '../shell/format.ts'
import { hrefOf } from '../shell/router.ts'
import {
  type Figures,
  figuresOf,
  type GraphService,
  MAX_FITTED_WIDTH,
  NODE_HEIGHT,
  NODE_WIDTH,
} from './graph.ts'
import type { MapLayout, Point } from './layout.ts'

interface Props {
  readonly layout: MapLayout
  readonly services: readonly GraphService[]
  readonly minutes: number
}

/** The map as a drawing. The table below has the same content as text. */
export function ServiceDrawing({ layout, services, minutes }: Props) {
  const byId = new Map(services.map((service) => [service.ReferenceId, service]))
  return (
    <div class="card map-box" tabIndex={0} role="group" aria-label="Service map">
      <svg
        class={layout.width <= MAX_FITTED_WIDTH ? 'map fitted' : 'map'}
        width={layout.width}
        height={layout.height}
        viewBox={`0 0 ${layout.width} ${layout.height}`}
        role="img"
        aria-label={`${plural(services.length, 'service')}; the table below has the same in words`}
      >
        <defs>
          <marker
            id="arrow"
            viewBox="0 0 8 8"
            refX="7"
            refY="4"
            markerWidth="8"
            markerHeight="8"
            orient="auto"
          >
            <path d="M0 0 L8 4 L0 8 z" class="map-arrow" />
          </marker>
        </defs>
        {layout.edges.map(({ from, to, points }) => {
          const edge = byId.get(from)?.Edges.find(({ ReferenceId }) => ReferenceId === to)
          const figures = figuresOf(edge, minutes)
          return <Edge key={`${from}-${to}`} points={points} figures={figures} />
        })}
        {services.map((service) => {
          const place = layout.nodes.get(service.ReferenceId)
          return place && <Node key={service.ReferenceId} service={service} place={place} minutes={minutes} />
        })}
      </svg>
    </div>
  )
}

function Edge({ points, figures }: { readonly points: readonly Point[]; readonly figures: Figures }) {
  const middle = points[Math.floor(points.length / 2)]
  const { faults, errors } = figures
  return (
    <g class={faults > 0 ? 'map-edge s5' : errors > 0 ? 'map-edge s4' : 'map-edge'}>
      <path d={curve(points)} marker-end="url(#arrow)" />
      {middle && (
        <text x={middle.x} y={middle.y - 7}>
          {figures.perMinute.toFixed(1)}/min
          <tspan x={middle.x} dy="21">
            p95 {duration(figures.p95)}
          </tspan>
        </text>
      )}
    </g>
  )
}

interface NodeProps {
  readonly service: GraphService
  readonly place: Point
  readonly minutes: number
}

function Node({ service, place, minutes }: NodeProps) {
  const { Name, Type } = service
  const figures = figuresOf(service, minutes)
  const isClient = Type === 'client'
  const x = place.x - NODE_WIDTH / 2
  const y = place.y - NODE_HEIGHT / 2
  const name = isClient ? 'Clients' : Name
  return (
    <a href={hrefOf('', isClient ? '' : `service=${encodeURIComponent(Name)}`)} class="map-node">
      <title>{Name.slice(0, 200)}</title>
      <rect x={x} y={y} width={NODE_WIDTH} height={NODE_HEIGHT} rx="10" />
      {!isClient && <Share x={x} y={y} figures={figures} />}
      <text class="map-name" x={place.x} y={isClient ? place.y + 5 : y + 26}>
        {name.length > 24 ? `${name.slice(0, 23)}…` : name}
      </text>
      {!isClient && (
        <>
          <text class="map-note" x={place.x} y={y + 44}>
            {(Type ?? 'service').slice(0, 28)}
          </text>
          <text class="map-note" x={place.x} y={y + 62}>
            {figures.perMinute.toFixed(1)}/min · p95 {duration(figures.p95)}
          </text>
        </>
      )}
    </a>
  )
}

/** The shares of successful requests, the clients' errors, and faults. */
function Share({ x, y, figures }: { readonly x: number; readonly y: number; readonly figures: Figures }) {
  const width = NODE_WIDTH - 24
  const faults = width * figures.faults
  const errors = width * figures.errors
  const top = y + NODE_HEIGHT - 9
  return (
    <>
      <rect class="share-ok" x={x + 12} y={top} width={width} height="4" rx="2" />
      <rect class="share-error" x={x + 12 + width - faults - errors} y={top} width={errors} height="4" />
      <rect class="share-fault" x={x + 12 + width - faults} y={top} width={faults} height="4" rx="2" />
    </>
  )
}

/** A curve through the layout's points. */
function curve(points: readonly Point[]): string {
  const [first, ...rest] = points
  if (!first) return ''
  const last = rest.at(-1) ?? first
  if (rest.length < 2) return `M${first.x} ${first.y} L${last.x} ${last.y}`
  const middles = rest.slice(0, -1).map((point, index) => {
    const next = rest[index + 1] ?? last
    return `Q${point.x} ${point.y} ${(point.x + next.x) / 2} ${(point.y + next.y) / 2}`
  })
  return `M${first.x} ${first.y} ${middles.join(' ')} L${last.x} ${last.y}`
}
