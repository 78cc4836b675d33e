import { z } from 'zod'
import type { LogEntry, LogPage } from '../../contracts/sandbox/lists.ts'
import type { LogRecord } from '../../contracts/sandbox/trace.ts'
import type { Store } from '../store/store.ts'
import { parseQuery } from './traces.ts'

/** Searching blocks the event loop, so each call stops after this time. ms */
const SEARCH_MS = 60
const MAX_LIMIT = 200

const QUERY = z.object({
  limit: z.coerce.number().int().min(1).max(MAX_LIMIT).default(100),
  before: z.coerce.number().int().positive().optional(),
  text: z.string().max(200).optional(),
  severity: z.coerce.number().int().min(1).max(24).optional(),
  service: z.string().optional(),
})

/** Log records, the latest first. A search stops after SEARCH_MS and continues at `next`. Throws an HttpError (400). */
export function readLogs(store: Store, query: URLSearchParams): LogPage {
  const { limit, before, text, severity, service } = parseQuery(QUERY, query)
  const words = text?.toLowerCase()
  const deadline = performance.now() + SEARCH_MS
  const logs: LogEntry[] = []
  for (const { row, document } of store.logs.walk(before)) {
    if (!words || document.toLowerCase().includes(words)) {
      const entry = entryOf(row, document)
      const isWanted =
        (!severity || entry.severityNumber >= severity) && (!service || entry.service === service)
      if (isWanted) logs.push(entry)
    }
    if (logs.length === limit || performance.now() > deadline) return { logs, next: row }
  }
  return { logs, next: null }
}

function entryOf(row: number, document: string): LogEntry {
  const log: LogRecord = JSON.parse(document)
  const nanoseconds = log.timeUnixNano === '0' ? log.observedTimeUnixNano : log.timeUnixNano
  return {
    row,
    atMs: Number(nanoseconds) / 1e6,
    severity: log.severityText,
    severityNumber: log.severityNumber,
    body: (typeof log.body === 'string' ? log.body : (JSON.stringify(log.body) ?? '')).slice(0, 4_000),
    service: log.service,
    traceId: log.traceId,
    spanId: log.spanId,
    attributes: log.attributes,
  }
}
