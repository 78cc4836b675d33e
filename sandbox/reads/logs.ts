import { z } from 'zod'
import type { LogEntry, LogPage } from '../../contracts/sandbox/lists.ts'
import type { LogRecord } from '../../contracts/sandbox/trace.ts'
import { placeInTime } from '../honeycomb/log-time.ts'
import { parseQuery } from '../http/url-query.ts'
import type { LogPlace } from '../store/logs.ts'
import type { Store } from '../store/store.ts'

/** Milliseconds after which a search stops, because it blocks the event loop. */
const SEARCH_MS = 60
const MAX_LIMIT = 200
/** Of the viewer's list; a trace's read has all of it. */
const MAX_BODY_LENGTH = 4_000

const QUERY = z.object({
  limit: z.coerce.number().int().min(1).max(MAX_LIMIT).default(100),
  before: z
    .string()
    .regex(/^\d{1,19}_\d{1,16}$/)
    .optional(),
  text: z.string().max(200).optional(),
  severity: z.coerce.number().int().min(1).max(24).optional(),
  service: z.string().optional(),
})

/**
 * Log records in the order of their times, the latest first. A search stops after SEARCH_MS and continues at `next`. Throws
 * an HttpError (400).
 */
export function readLogs(store: Store, query: URLSearchParams): LogPage {
  const { limit, before, text, severity, service } = parseQuery(QUERY, query)
  const phrase = text?.toLowerCase()
  const deadline = performance.now() + SEARCH_MS
  const logs: LogEntry[] = []
  for (const { row, receivedMs, document } of store.logs.walk(before ? placeOf(before) : undefined)) {
    // The record's whole JSON is searched, with the names of its attributes.
    const isFound = !phrase || document.toLowerCase().includes(phrase)
    const isLate = performance.now() > deadline
    if (!isFound && !isLate) continue
    const log: LogRecord = JSON.parse(document)
    const { atNs, timeFrom } = placeInTime(log, receivedMs)
    const isWanted = (!severity || log.severityNumber >= severity) && (!service || log.service === service)
    if (isFound && isWanted) logs.push({ ...entryOf(log), row, atMs: Number(atNs) / 1e6, timeFrom })
    if (logs.length === limit || isLate) return { logs, next: `${atNs}_${row}` }
  }
  return { logs, next: null }
}

/** Reads a cursor. */
function placeOf(cursor: string): LogPlace {
  const [atNs = '', row = ''] = cursor.split('_')
  return { atNs: BigInt(atNs), row: Number(row) }
}

function entryOf(log: LogRecord): Omit<LogEntry, 'row' | 'atMs' | 'timeFrom'> {
  const body = typeof log.body === 'string' ? log.body : (JSON.stringify(log.body) ?? '')
  return {
    ...logFields(log),
    ownMs: Number(log.timeUnixNano) / 1e6,
    body: body.slice(0, MAX_BODY_LENGTH),
    traceId: log.traceId,
  }
}

/** The fields that the viewer's log page and a trace's logs share. */
export function logFields({ spanId, severityText, severityNumber, service, attributes }: LogRecord) {
  return { spanId, severity: severityText, severityNumber, service, attributes }
}
