import { join } from 'node:path'
import { z } from 'zod'
import { type Settings, stateDirectory } from '../../../settings/read.ts'
import type { LoggedRequest } from '../../../workshop/context.ts'
import { parseJson } from '../../machine/http-json.ts'
import { logPath, readTail } from '../../processes/log-files.ts'
import { createTextParser } from './text-log.ts'

/** More than the part of a log that is read has. */
const LINES = 20_000
const WARN = 40
/** Bit 0 of the trace flags. Source: https://www.w3.org/TR/trace-context/#sampled-flag */
const SAMPLED = 1

/** A line of the api's log about a request. Every traced request has one, kept or not. */
const RequestLine = z.object({
  time: z.number(),
  trace_id: z.string(),
  trace_flags: z.string(),
  'http.request.method': z.string(),
  'url.path': z.string(),
  'http.response.status_code': z.number().optional(),
})

/** A line of the telemetry about itself. */
const WarningLine = z.object({ time: z.number(), level: z.number().min(WARN), msg: z.string() })
const OWN_WARNING = /^telemetry: /

/** The api's requests in its log, newest first. The log has about the last 4,000. */
export function readLoggedRequests(settings: Settings, sinceMs: number): LoggedRequest[] {
  return readLines(settings).flatMap((line) => {
    const { data } = RequestLine.safeParse(line)
    if (!data || data.time < sinceMs) return []
    return {
      traceId: data.trace_id,
      method: data['http.request.method'],
      path: data['url.path'],
      status: data['http.response.status_code'],
      atMs: data.time,
      isKept: (Number.parseInt(data.trace_flags, 16) & SAMPLED) !== 0,
    }
  })
}

/** What the api's telemetry has complained about, newest first. */
export function readTelemetryWarnings(settings: Settings, sinceMs: number): string[] {
  return readLines(settings).flatMap((line) => {
    const { data } = WarningLine.safeParse(line)
    return data && data.time >= sinceMs && OWN_WARNING.test(data.msg) ? data.msg : []
  })
}

/** The entries of the log, newest first. */
function readLines(settings: Settings): unknown[] {
  const lines = readTail(logPath(join(stateDirectory(settings), 'logs'), 'api'), LINES).toReversed()
  const parseText = createTextParser()
  return lines.map((line) => (line.startsWith('{') ? parseJson(line) : parseText(line)))
}
