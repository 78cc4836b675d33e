import express, { type Request, type RequestHandler } from 'express'
import { z } from 'zod'
import { HttpError } from '../telemetry/express.ts'
import { TTL_HOURS, type Ttl } from './activities.ts'

/** Many times the longest message. */
const MAX_BODY_BYTES = 16 * 1024
const MAX_MESSAGE_CHARACTERS = 1024
const MAX_POST_CHARACTERS = 280
const MAX_TERM_CHARACTERS = 100

/** Text that Postgres accepts, without NUL. The limit counts characters, as Postgres does, not UTF-16 units. */
const text = (max: number) =>
  z
    .string()
    .trim()
    .min(1, 'is empty')
    .refine((value) => [...value].length <= max, `is longer than ${max} characters`)
    .refine((value) => !value.includes('\0'), 'contains a character that cannot be stored (NUL)')

const handle = z
  .string()
  .regex(/^[a-z0-9_]{1,30}$/, 'is not a handle: lower-case letters, digits and _, at most 30')

const uuid = z.uuid('is not a uuid')

export const handleParams = z.object({ handle })
export const uuidParams = z.object({ uuid })
export const searchQuery = z.object({ term: text(MAX_TERM_CHARACTERS) })

export const postBody = z.strictObject({
  message: text(MAX_POST_CHARACTERS),
  ttl: z
    .enum(Object.keys(TTL_HOURS) as [Ttl, ...Ttl[]], `is not one of ${Object.keys(TTL_HOURS).join(', ')}`)
    .default('7-days'),
})
export const replyBody = z.strictObject({ message: text(MAX_POST_CHARACTERS) })
export const sessionBody = z.strictObject({ handle })
export const messageBody = z.strictObject({ handle, message: text(MAX_MESSAGE_CHARACTERS) })

/** Parses a part of a request; throws a 400 with every validation issue. */
export function parse<Schema extends z.ZodType>(
  schema: Schema,
  request: Request,
  part: 'body' | 'params' | 'query',
): z.output<Schema> {
  const result = schema.safeParse(request[part] ?? {})
  if (result.success) return result.data
  const issues = result.error.issues.map(({ path, message }) => ({
    at: [part, ...path].join('.'),
    detail: message,
  }))
  const summary = issues.map(({ at, detail }) => `${at} ${detail}`).join('; ')
  throw new HttpError(400, `${summary}.`, issues)
}

/** Reads a JSON body: 415 for another content type, 413 above MAX_BODY_BYTES, 400 for invalid JSON. */
export function jsonBody(): RequestHandler {
  const read = express.json({ limit: MAX_BODY_BYTES })
  return (request, response, next) => {
    if (!request.is('application/json')) {
      throw new HttpError(415, 'Send JSON: content-type: application/json, and a body.')
    }
    read(request, response, (error?: unknown) => next(error === undefined ? undefined : explain(error)))
  }
}

/** Replaces the body parser's messages, which quote the body. */
function explain(error: unknown): unknown {
  const { type } = error as { type?: unknown }
  if (type === 'entity.too.large') return new HttpError(413, `A body has at most ${MAX_BODY_BYTES} bytes.`)
  if (type === 'entity.parse.failed') return new HttpError(400, 'The body is not valid JSON.')
  return error
}
