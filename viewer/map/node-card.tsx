import type { MapNode, ServiceMap } from '../../contracts/sandbox/map.ts'
import { rate, ratedMs } from './rate.ts'
import { requestsHref } from './requests-link.ts'
import { excerptOf, noteOf, time, titleOf, troubleOf } from './words.ts'

interface Props {
  readonly node: MapNode
  readonly map: ServiceMap
  readonly isDense: boolean
}

/** One node; all of it is a link to its requests. */
export function MapNodeCard({ node, map, isDense }: Props) {
  const trouble = troubleOf(node)
  const title = titleOf(node, map.by)
  const note = noteOf(node, map.by)
  // By service the call from clients has the same figures.
  const hasFigures = node.kind !== 'clients' || (map.by === 'route' && !isDense)
  const figures = `${rate(node.requests, ratedMs(map))} · ${isDense ? '' : 'p95 '}${time(node.p95Ms)}`
  return (
    <a
      class={`map-node ${node.kind}`}
      href={requestsHref(node, map)}
      title={[title, note, node.query].filter(Boolean).join('\n')}
    >
      <b class="cut">{title}</b>
      {isDense ? (
        <>
          {map.by === 'route' && node.kind !== 'clients' && <span class="cut">{note}</span>}
          {node.query === null ? (
            <span class="cut">
              {hasFigures && trouble && (
                <span class={`map-trouble ${trouble.kind}`}>{`${trouble.sign} ${trouble.share} `}</span>
              )}
              {hasFigures ? figures : note}
            </span>
          ) : (
            <code>{excerptOf(node.query)}</code>
          )}
        </>
      ) : (
        <>
          <span class="cut">{note}</span>
          {node.query !== null && <code>{excerptOf(node.query)}</code>}
          {hasFigures && <span class="cut">{figures}</span>}
          {hasFigures && trouble && <span class={`cut map-trouble ${trouble.kind}`}>{trouble.text}</span>}
          {hasFigures && <Share node={node} />}
        </>
      )}
    </a>
  )
}

/** The shares of successful requests, the clients' errors, and faults. */
function Share({ node: { requests, errors, faults } }: { readonly node: MapNode }) {
  if (requests === 0) return null
  return (
    <span class="map-share" aria-hidden="true">
      <i style={{ flexGrow: requests - errors - faults }} />
      <i class="error" style={{ flexGrow: errors }} />
      <i class="fault" style={{ flexGrow: faults }} />
    </span>
  )
}
