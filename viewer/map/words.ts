import { count, duration, percent, plural } from '../../analysis/format.ts'
import type { MapEdge, MapFigures, MapNode, ServiceMap } from '../../contracts/sandbox/map.ts'

const MAX_TEXT = 200

/** What a node is called: its route or query, or its service. */
export function titleOf({ kind, service, name, others, type }: MapNode, by: ServiceMap['by']): string {
  if (kind === 'clients') return 'Clients'
  if (others > 0) return othersOf(others, by, type)
  return (by === 'service' ? service : (name ?? 'other work')).slice(0, MAX_TEXT)
}

function othersOf(others: number, by: ServiceMap['by'], type: string | null): string {
  if (by === 'service') return plural(others, 'other service')
  return type === 'Database::SQL'
    ? plural(others, 'other query', 'other queries')
    : plural(others, 'other route')
}

/** What the node belongs to, or what kind of service it is. */
export function noteOf({ kind, service, type }: MapNode, by: ServiceMap['by']): string {
  if (kind === 'clients') return service === '' ? 'of other services' : `of ${service.slice(0, MAX_TEXT)}`
  const ofService = by === 'route' ? service || 'several services' : ''
  return [ofService, type ?? (by === 'service' && service !== '' ? 'service' : '')]
    .filter(Boolean)
    .join(' · ')
    .slice(0, MAX_TEXT)
}

/** How bad the figures are: a sign and words, because a colour alone tells some people nothing. */
export interface Trouble {
  readonly kind: 'fault' | 'error'
  readonly sign: string
  readonly share: string
  readonly text: string
}

export function troubleOf({ requests, errors, faults }: MapFigures): Trouble | undefined {
  const share = (part: number) => percent(part / Math.max(1, requests))
  if (faults > 0) return { kind: 'fault', sign: '✕', share: share(faults), text: `✕ ${share(faults)} faults` }
  if (errors > 0) return { kind: 'error', sign: '!', share: share(errors), text: `! ${share(errors)} errors` }
  return undefined
}

export function time(ms: number | null): string {
  return ms === null ? '–' : duration(ms)
}

/** One call in a sentence, for screen readers. */
export function callInWords(from: string, to: string, edge: MapEdge): string {
  const trouble = troubleOf(edge)
  return `${from} calls ${to}: ${count(edge.requests)} times, p95 ${time(edge.p95Ms)}${trouble ? `, ${trouble.text.slice(2)}` : ''}`
}

/** The part of a query that tells it from others of the same table: from its own `where` on. */
export function excerptOf(query: string): string {
  let depth = 0
  for (let at = 0; at < query.length; at++) {
    if (query[at] === '(') depth++
    else if (query[at] === ')') depth--
    else if (depth === 0 && /^ where /i.test(query.slice(at, at + 7))) return `…${query.slice(at)}`
  }
  return query
}
