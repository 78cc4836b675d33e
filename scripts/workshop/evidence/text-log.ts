/** `── 2026-11-26T13:41:23.186Z api starts ──`, which `npm start` writes. */
const START = /^── (\S+Z) \S+ starts ──$/
/** `2026-11-26T13:41:23.186Z telemetry: …`, a warning of the telemetry about itself. */
const WARNING = /^(\d{4}-\S+Z) (telemetry: .*)$/
/** `13:41:27.361 info  GET /api/activities/home 200 in 97.8 ms  trace=6b08…`, with ` (not kept)` where it was not sampled. */
const REQUEST =
  /^(\d\d:\d\d:\d\d\.\d{3}) [a-z]+ +([A-Z]+) (\S+) (\d{3}|unanswered) in [\d.]+ ms(?:, cut off: .*)? {2}trace=([0-9a-f]{32})( \(not kept\))?$/
const DAY_MS = 24 * 3_600_000
/** A line may be written some time after one that began later (ms). */
const DISORDER_MS = 60_000
/** Pino's number of the level. */
const WARN = 40

/**
 * Returns a function that reads one line after another of a service's log for people, the newest first, with the fields
 * that the log has as JSON; undefined for any other line. Such a line has only the time of day (UTC): its day is the last
 * one on which it can be older than the lines after it.
 */
export function createTextParser(nowMs = Date.now()): (line: string) => object | undefined {
  let laterMs = nowMs
  return (line) => {
    const [, start] = START.exec(line) ?? []
    if (start) {
      laterMs = Math.min(laterMs, Date.parse(start))
      return undefined
    }
    const [, warnedAt, msg] = WARNING.exec(line) ?? []
    if (warnedAt) return { time: Date.parse(warnedAt), level: WARN, msg }
    const [, time, method, path, status, traceId, notKept] = REQUEST.exec(line) ?? []
    if (!time) return undefined
    laterMs = lastBefore(time, laterMs + DISORDER_MS)
    return {
      time: laterMs,
      trace_id: traceId,
      trace_flags: notKept ? '00' : '01',
      'http.request.method': method,
      'url.path': path,
      ...(status !== 'unanswered' && { 'http.response.status_code': Number(status) }),
    }
  }
}

/** The last moment before another (epoch ms) with this time of day, `13:41:27.361`. */
function lastBefore(time: string, beforeMs: number): number {
  const sameDay = Date.parse(`${new Date(beforeMs).toISOString().slice(0, 10)}T${time}Z`)
  return sameDay > beforeMs ? sameDay - DAY_MS : sameDay
}
