import { plural } from '../../analysis/format.ts'
import type { ServiceMap } from '../../contracts/sandbox/map.ts'
import { MapNodeCard } from './node-card.tsx'
import { rate, ratedMs } from './rate.ts'
import { requestsHref } from './requests-link.ts'
import { time, titleOf, troubleOf } from './words.ts'

const MAX_CARDS = 100

/** The map as a list, for a narrow window: each node with what it calls, callers before the called. */
export function MapCards({ map }: { readonly map: ServiceMap }) {
  const outgoing = Map.groupBy(
    map.edges.toSorted((a, b) => b.requests - a.requests),
    ({ from }) => from,
  )
  const byId = new Map(map.nodes.map((node) => [node.id, node]))
  const overMs = ratedMs(map)
  const nodes = inOrder(map)
  return (
    <>
      <ol class="cards map-cards" aria-label="Service map">
        {nodes.slice(0, MAX_CARDS).map((node) => (
          <li key={node.id} class="card">
            <MapNodeCard node={node} map={map} isDense={false} />
            <ul>
              {outgoing.get(node.id)?.map((edge) => {
                const to = byId.get(edge.to)
                const trouble = troubleOf(edge)
                return (
                  <li key={edge.to}>
                    <a href={requestsHref(edge, map)}>
                      <span aria-hidden="true">→ </span>
                      <span class="sr">calls </span>
                      {to && titleOf(to, map.by)}
                    </a>
                    <span class="soft">
                      {rate(edge.requests, overMs)} · p95 {time(edge.p95Ms)}
                      {trouble && <span class={`map-trouble ${trouble.kind}`}> {trouble.text}</span>}
                    </span>
                  </li>
                )
              })}
            </ul>
          </li>
        ))}
      </ol>
      {nodes.length > MAX_CARDS && (
        <p class="soft small">
          The first {MAX_CARDS} of {plural(nodes.length, 'node')} are shown; the table has all.
        </p>
      )}
    </>
  )
}

/** Clients first, and then what each calls, the busiest first. */
function inOrder({ nodes, edges }: ServiceMap): ServiceMap['nodes'] {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const busiest = nodes.toSorted((a, b) => b.requests - a.requests)
  const found = new Set(busiest.filter(({ kind }) => kind === 'clients'))
  const calls = Map.groupBy(
    edges.toSorted((a, b) => b.requests - a.requests),
    ({ from }) => from,
  )
  const follow = () => {
    for (const { id } of found) {
      for (const { to } of calls.get(id) ?? []) {
        const node = byId.get(to)
        if (node) found.add(node)
      }
    }
  }
  follow()
  for (const node of busiest) found.add(node)
  return [...found]
}
