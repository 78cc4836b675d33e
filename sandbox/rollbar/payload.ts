import { createHash, randomUUID } from 'node:crypto'
import { z } from 'zod'
import { parseTraceId } from '../../contracts/trace-id.ts'
import type { NewOccurrence } from '../store/occurrences.ts'
import { isPlausibleTime } from '../store/plausible-time.ts'
import { circumstancesOf } from './circumstances.ts'

const frame = z.looseObject({ filename: z.string().nullish(), method: z.string().nullish() })
const extra = z.record(z.string(), z.unknown()).nullish()
const trace = z.looseObject({
  exception: z.looseObject({ class: z.string().nullish(), message: z.string().nullish() }),
  frames: z.array(frame),
  extra,
})
const SHAPES = ['trace', 'trace_chain', 'message', 'crash_report'] as const
const body = z
  .looseObject({
    trace: trace.optional(),
    trace_chain: z.array(trace).min(1).optional(),
    message: z.looseObject({ body: z.string(), extra }).optional(),
    crash_report: z.looseObject({ raw: z.string(), extra }).optional(),
  })
  .refine((shapes) => SHAPES.filter((name) => shapes[name] !== undefined).length === 1, {
    error: 'must contain exactly one of trace, trace_chain, message, crash_report',
  })

const text = z.string().nullish()

/**
 * The payload of `POST /api/1/item/`: the fields that Rollbar requires and those that the sandbox reads.
 *
 * Source: https://docs.rollbar.com/reference/create-item
 */
export const PAYLOAD = z.object({
  access_token: z.string().nullish(),
  data: z.looseObject({
    environment: z.string().min(1).max(255),
    body,
    uuid: z.string().min(1).max(36).nullish(),
    level: z.enum(['critical', 'error', 'warning', 'info', 'debug']).catch('error').default('error'),
    timestamp: z.coerce.number().int().nonnegative().catch(0).nullish(),
    fingerprint: text,
    title: text,
    platform: text,
    framework: text,
    custom: z.record(z.string(), z.unknown()).nullish().catch(undefined),
  }),
})

type Data = z.output<typeof PAYLOAD>['data']

/** The occurrence in a payload's `data`, without access tokens. */
export function occurrenceOf(data: Data, nowMs: number): NewOccurrence {
  const title = (data.title || titleOf(data)).slice(0, 255)
  const uuid = data.uuid ?? randomUUID()
  return {
    uuid,
    fingerprint: data.fingerprint || fingerprintOf(data),
    environment: data.environment,
    title,
    level: data.level,
    platform: data.platform ?? 'unknown',
    framework: data.framework ?? 'unknown',
    ...circumstancesOf(data, tracesOf(data)[0], title),
    traceId: traceIdOf(data),
    timestampS: timestampOf(data, nowMs),
    document: JSON.stringify({ ...data, uuid }, withoutTokens),
  }
}

/** Epoch seconds. That of the arrival for a time that cannot be right, such as milliseconds, which are in the year 58,000. */
function timestampOf({ timestamp }: Data, nowMs: number): number {
  const isPlausible = timestamp && isPlausibleTime(timestamp * 1_000, nowMs)
  return isPlausible ? timestamp : Math.floor(nowMs / 1_000)
}

function tracesOf({ body }: Data) {
  return body.trace_chain ?? (body.trace ? [body.trace] : [])
}

function titleOf(data: Data): string {
  const exception = tracesOf(data)[0]?.exception
  if (exception) return [exception.class, exception.message].filter(Boolean).join(': ')
  const line = data.body.message?.body ?? data.body.crash_report?.raw ?? ''
  return line.split('\n')[0] ?? ''
}

/** Exceptions of one class with the same frames are one item. */
function fingerprintOf(data: Data): string {
  const traces = tracesOf(data)
  const parts = traces.flatMap(({ exception, frames }) => [
    exception.class,
    ...frames.map(({ filename, method }) => `${filename}:${method}`),
  ])
  const identity = traces.length > 0 ? parts : [titleOf(data)]
  return createHash('sha1').update(JSON.stringify(identity)).digest('hex')
}

/** The trace id, in either notation, from the item's `custom` or its body's `extra`. */
function traceIdOf(data: Data): string | null {
  const { message, crash_report } = data.body
  const extras = [...tracesOf(data), message, crash_report].map((shape) => shape?.extra)
  for (const place of [data.custom, ...extras]) {
    for (const name of ['trace_id', 'traceId']) {
      const value = place?.[name]
      const traceId = typeof value === 'string' ? parseTraceId(value) : undefined
      if (traceId) return traceId
    }
  }
  return null
}

function withoutTokens(key: string, value: unknown): unknown {
  return key === 'access_token' || key === 'accessToken' ? undefined : value
}
