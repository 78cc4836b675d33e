import { count, percent } from '../../analysis/format.ts'
import type { MapNode, ServiceMap } from '../../contracts/sandbox/map.ts'
import { Table } from '../shell/table.tsx'
import { rate, ratedMs } from './rate.ts'
import { requestsHref } from './requests-link.ts'
import { noteOf, time, titleOf } from './words.ts'

const COLUMNS = ['From', 'To', 'Requests', 'Rate', 'Errors', 'Faults', 'p50', 'p95', 'p99']

/** All calls, the most frequent first. */
export function CallsTable({ map }: { readonly map: ServiceMap }) {
  const byId = new Map(map.nodes.map((node) => [node.id, node]))
  return (
    <section class="card" aria-labelledby="calls-title">
      <h2 id="calls-title">Calls</h2>
      {/* What scrolls has to be reached by the keyboard. */}
      <div class="table-box tall map-calls" tabIndex={0} role="region" aria-label="Table of calls">
        <Table columns={COLUMNS} firstNumber={2}>
          {map.edges
            .toSorted((a, b) => b.requests - a.requests)
            .map((edge) => (
              <tr key={`${edge.from} ${edge.to}`}>
                <td>
                  <Name node={byId.get(edge.from)} by={map.by} />
                </td>
                <td>
                  <Name node={byId.get(edge.to)} by={map.by} />
                </td>
                <td class="number">
                  <a href={requestsHref(edge, map)}>{count(edge.requests)}</a>
                </td>
                <td class="number">{rate(edge.requests, ratedMs(map))}</td>
                <Part of={edge.requests} part={edge.errors} kind="s4" />
                <Part of={edge.requests} part={edge.faults} kind="s5" />
                <td class="number">{time(edge.p50Ms)}</td>
                <td class="number">{time(edge.p95Ms)}</td>
                <td class="number">{time(edge.p99Ms)}</td>
              </tr>
            ))}
        </Table>
      </div>
    </section>
  )
}

function Name({ node, by }: { readonly node: MapNode | undefined; readonly by: ServiceMap['by'] }) {
  if (!node) return null
  return (
    <>
      {titleOf(node, by)}
      {by === 'route' && node.kind !== 'clients' && <span class="soft small"> {noteOf(node, by)}</span>}
      {node.query && <code class="map-query soft">{node.query}</code>}
    </>
  )
}

function Part({
  of,
  part,
  kind,
}: {
  readonly of: number
  readonly part: number
  readonly kind: 's4' | 's5'
}) {
  return <td class={`number ${part > 0 ? kind : 'soft'}`}>{percent(part / Math.max(1, of))}</td>
}
