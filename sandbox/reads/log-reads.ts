import { z } from 'zod'
import { HttpError } from '../http/answer.ts'
import type { Store } from '../store/store.ts'

const SEARCH_MS = 60
const MAX_LIMIT = 200

const QUERY = z.object({
  limit: z.coerce.number().int().min(1).max(MAX_LIMIT).default(100),
  before: z.coerce.number().int().positive().optional(),
  text: z.string().max(200).optional(),
  severity: z.coerce.number().int().min(1).max(24).optional(),
  service: z.string().optional(),
})

/** A log record in the list; `row` grows with their arrival. */
export interface LogEntry {
  readonly row: number
  /** Epoch milliseconds. */
  readonly atMs: number
  readonly severity: string
  readonly severityNumber: number
  readonly body: string
  readonly service: string
  readonly traceId: string
  readonly spanId: string
  readonly attributes: Readonly<Record<string, unknown>>
}

export interface LogPage {
  readonly logs: readonly LogEntry[]
  readonly next: number | null
}

/** Log records, those that came last first, searched for no longer than others can wait. Throws a HttpError (400). */
export function readLogs(store: Store, query: URLSearchParams): LogPage {
  const result = QUERY.safeParse(Object.fromEntries([...query].filter(([, value]) => value !== '')))
  if (!result.success) {
    const issue = result.error.issues[0]
    throw new HttpError(400, `${issue?.path.join('.')}: ${issue?.message}`)
  }
  const { limit, before, text, severity, service } = result.data
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
  const log = JSON.parse(document)
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
