import type { MapEdge, MapNode, ServiceMap } from '../../contracts/sandbox/map.ts'
import { hrefOf } from '../shell/router.ts'

/** The page of the requests to a node, or with a call. */
export function requestsHref(
  { filter }: Pick<MapNode | MapEdge, 'filter'>,
  { fromMs, toMs }: Pick<ServiceMap, 'fromMs' | 'toMs'>,
): string {
  const search = new URLSearchParams({ since: String(Math.floor(fromMs)), until: String(Math.ceil(toMs)) })
  if (filter !== null) search.set('filter', filter)
  return hrefOf('', search.toString())
}
