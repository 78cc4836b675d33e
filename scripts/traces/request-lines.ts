import stringWidth from 'fast-string-width'
import { clock, count, duration, plural } from '../../analysis/format.ts'
import type { RequestRow } from '../../contracts/sandbox/lists.ts'
import { clipped, type Line, padded } from '../command-line/styled-lines.ts'

/** From this width on a line has the whole trace id. */
const WITH_WHOLE_ID = 120
/** Enough of an id to tell requests of one second apart; the commands take it in place of the whole id. */
export const SHORT_ID = 14
const GAP = '  '
/** Columns */
const [STATUS, DURATION, RECORDS, LEAST_NAME, WITH_SERVICES] = [3, 8, 11, 8, 40]

/** One line for a request: time, status, duration, each provider's records, name with services, trace id. */
export function requestLine(row: RequestRow, width: number): Line {
  const { startMs, status, durationMs, error, traceId, pruned } = row
  const id = width >= WITH_WHOLE_ID ? traceId : traceId.slice(0, SHORT_ID)
  const time = clock(startMs)
  const always = STATUS + GAP.length + DURATION + GAP.length + id.length + GAP.length
  // What does not fit beside the name is left out: first the records, then the time.
  const hasTime = width - always - stringWidth(time) - GAP.length >= LEAST_NAME
  const left = width - always - (hasTime ? stringWidth(time) + GAP.length : 0)
  const hasRecords = left - RECORDS - GAP.length >= LEAST_NAME
  const room = left - (hasRecords ? RECORDS + GAP.length : 0)
  const name = `${row.name || '(no name)'}${pruned ? ' (pruned)' : ''}`
  const services = row.services.length > 1 ? `${GAP}${plural(row.services.length, 'service')}` : ''
  const about =
    room >= WITH_SERVICES && services ? padded(name, room - services.length) + services : padded(name, room)
  return [
    ...(hasTime ? [{ text: time, style: 'dim' } as const, GAP] : []),
    { text: padded(status === null ? '–' : String(status), STATUS), style: error ? 'red' : 'green' },
    GAP,
    padded(duration(durationMs), DURATION, 'right'),
    GAP,
    ...(hasRecords ? [padded(recordsText(row), RECORDS), GAP] : []),
    error ? { text: about, style: 'red' } : about,
    GAP,
    { text: id, style: 'dim' },
  ]
}

/** How many records Honeycomb, X-Ray and Rollbar have: `H4 X3 R1`. A dash is none. */
function recordsText({ spans, segments, items }: Pick<RequestRow, 'spans' | 'segments' | 'items'>): string {
  const short = (value: number) =>
    value === 0 ? '–' : value < 1_000 ? String(value) : `${Math.floor(value / 1_000)}k`
  return `H${short(spans)} X${short(segments)} R${short(items)}`
}

/** A page of the list, with what it leaves out. */
export interface FoundRequests {
  readonly requests: readonly RequestRow[]
  /** Cursor of what follows; null at the end. */
  readonly next: string | null
  /** How many requests match, and how many are stored. */
  readonly matching: number
  readonly stored: number
  /** Whether all stored requests have been compared with the filters. */
  readonly isComplete: boolean
  /** Where nothing matches a route: the stored routes that contain it. */
  readonly likeRoutes: readonly string[]
}

/** `again`: the command that lists the next page. */
export function foundLines(found: FoundRequests, width: number, again: (cursor: string) => string): Line[] {
  const { requests, next, matching, stored, isComplete } = found
  if (requests.length === 0 && next === null) return nothingLines(found, width)
  const least = isComplete ? '' : 'at least '
  const all = `${count(requests.length)} of ${least}${plural(Math.max(matching, requests.length), 'matching request')}, ${count(stored)} stored.`
  return [
    ...requests.map((row) => requestLine(row, width)),
    [],
    [{ text: clipped(all, width), style: 'dim' }],
    ...(next === null ? [] : [[{ text: `More: ${again(next)}`, style: 'dim' } as const]]),
  ]
}

function nothingLines({ stored, likeRoutes }: FoundRequests, width: number): Line[] {
  if (stored === 0) return [['The sandbox has no requests yet. npm run verify sends two.']]
  const hint =
    likeRoutes.length > 0 ? 'Routes whose name contains it:' : 'Leave out a filter to see other requests.'
  return [
    [`No request matches. ${count(stored)} are stored. ${hint}`],
    ...likeRoutes.map((route): Line => [clipped(`  --route ${JSON.stringify(route)}`, width)]),
  ]
}
