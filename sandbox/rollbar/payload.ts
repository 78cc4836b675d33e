import { createHash, randomUUID } from 'node:crypto'
import { z } from 'zod'
import { parseTraceId } from '../../contracts/trace-id.ts'
import { HttpError } from '../http/answer.ts'
import type { NewOccurrence } from '../store/occurrences.ts'
import { isPlausibleTime } from '../store/plausible-time.ts'
import { circumstancesOf } from './circumstances.ts'

const text = z.string().nullish()
/** Some senders leave out the file name of native code, which Rollbar's reference requires. */
const frame = z.looseObject({ filename: text, method: text })
const extra = z.record(z.string(), z.unknown()).nullish()
const trace = z.looseObject({
  exception: z.looseObject({ class: text, message: text }),
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
    telemetry: z.array(z.unknown()).nullish(),
  })
  .refine((shapes) => SHAPES.filter((name) => shapes[name] !== undefined).length === 1, {
    error: 'must contain exactly one of trace, trace_chain, message, crash_report',
  })

const LEVELS = ['critical', 'error', 'warning', 'info', 'debug'] as const
const level = z.enum(LEVELS)
type Level = z.output<typeof level>

/**
 * The payload of `POST /api/1/item/`: the fields that Rollbar requires and those that the sandbox reads. A field of another
 * type is answered 422, as Rollbar does with `level`, `context`, `exception.message` and `telemetry`. Fields that the
 * sandbox only passes on may have any type.
 *
 * Source: https://docs.rollbar.com/reference/create-item, and Rollbar's own errors in
 * https://github.com/rollbar/rollbar-gem/issues/509, https://github.com/rollbar/rollbar.js/issues/576,
 * https://github.com/rollbar/rollbar.js/issues/680, https://github.com/CartoDB/cartodb/pull/15702
 */
export const PAYLOAD = z.object({
  access_token: text,
  data: z.looseObject({
    environment: z.string().min(1).max(255),
    body,
    uuid: z.string().min(1).max(36).nullish(),
    level: text,
    timestamp: z.unknown().optional(),
    context: text,
    fingerprint: text,
    title: text,
    platform: text,
    framework: text,
    custom: z.unknown().optional(),
  }),
})

type Data = z.output<typeof PAYLOAD>['data']

/** The occurrence in a payload's `data`, without access tokens. Throws an HttpError: 422 for values that are nested too deeply. */
export function occurrenceOf(data: Data, nowMs: number): NewOccurrence {
  const title = (data.title || titleOf(data)).slice(0, 255)
  const uuid = data.uuid ?? randomUUID()
  return {
    uuid,
    fingerprint: fingerprintOf(data),
    environment: data.environment,
    title,
    level: levelOf(data),
    platform: data.platform ?? 'unknown',
    framework: data.framework ?? 'unknown',
    ...circumstancesOf(data, tracesOf(data)[0], title),
    traceId: traceIdOf(data),
    timestampS: timestampOf(data, nowMs),
    document: documentOf({ ...data, level: levelOf(data), uuid }),
  }
}

function documentOf(data: object): string {
  try {
    return JSON.stringify(data, withoutTokens)
  } catch (error) {
    if (error instanceof RangeError)
      throw new HttpError(422, 'values are nested too deeply', { cause: error })
    throw error
  }
}

/** Those that SDKs use by mistake for the field's seconds: ms, µs and ns. */
const UNITS_PER_S = [1, 1e3, 1e6, 1e9]

/**
 * Epoch seconds of the sender, else of the arrival. Rollbar itself shows when its servers received an occurrence.
 *
 * Source: https://docs.rollbar.com/docs/timestamps
 */
function timestampOf({ timestamp }: Data, nowMs: number): number {
  const sent = typeof timestamp === 'string' || typeof timestamp === 'number' ? Number(timestamp) : Number.NaN
  const seconds = UNITS_PER_S.map((units) => Math.floor(sent / units))
  return seconds.find((one) => isPlausibleTime(one * 1_000, nowMs)) ?? Math.floor(nowMs / 1_000)
}

/** Unknown levels count as none. Source: https://github.com/rollbar/docs/blob/master/api/items_post.md */
function levelOf({ level: sent, body }: Data): Level {
  return level.safeParse(sent).data ?? (body.message ? 'info' : 'error')
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

/** Rollbar's longest fingerprint; of a longer one it uses the SHA-1 hash, which has as many digits. */
const FINGERPRINT_LENGTH = 40

/** Without one, exceptions of one class with the same frames are one item. */
function fingerprintOf(data: Data): string {
  const { fingerprint } = data
  if (fingerprint) return fingerprint.length > FINGERPRINT_LENGTH ? sha1(fingerprint) : fingerprint
  const traces = tracesOf(data)
  const parts = traces.flatMap(({ exception, frames }) => [
    exception.class,
    ...frames.map(({ filename, method }) => `${filename}:${method}`),
  ])
  return sha1(JSON.stringify(traces.length > 0 ? parts : [titleOf(data)]))
}

function sha1(text: string): string {
  return createHash('sha1').update(text).digest('hex')
}

/**
 * The trace id, in either notation, from the item's `custom`, its body's `extra`, or its message, which may have any
 * further fields.
 */
function traceIdOf(data: Data): string | null {
  const { message, crash_report } = data.body
  const extras = [...tracesOf(data), message, crash_report].map((shape) => shape?.extra)
  for (const place of [data.custom, ...extras, message]) {
    for (const name of ['trace_id', 'traceId']) {
      const value = (place as Record<string, unknown> | null | undefined)?.[name]
      const traceId = typeof value === 'string' ? parseTraceId(value) : undefined
      if (traceId) return traceId
    }
  }
  return null
}

function withoutTokens(key: string, value: unknown): unknown {
  return key === 'access_token' || key === 'accessToken' ? undefined : value
}

/** Rollbar's sentence about the first wrong field: `Invalid format. data.level should be string.` */
export function formatIssue(issue: z.core.$ZodIssue | undefined): string {
  const path = (issue?.path ?? []).reduce<string>(
    (before, part) =>
      typeof part === 'number' ? `${before}[${part}]` : `${before && `${before}.`}${String(part)}`,
    '',
  )
  const reason =
    issue?.code === 'invalid_type' ? `should be ${TYPES[issue.expected] ?? issue.expected}` : issue?.message
  return `Invalid format. ${path} ${reason ?? 'is not valid'}.`
}

const TYPES: Readonly<Record<string, string>> = { record: 'object' }
