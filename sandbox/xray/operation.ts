import { randomUUID } from 'node:crypto'
import type { z } from 'zod'
import { jsonAnswer } from '../http/answer.ts'
import type { Route } from '../http/router.ts'
import { invalidRequest, xrayErrorAnswer } from './error.ts'

const MAX_API_BYTES = 5 * 1024 * 1024 // fifty documents of 64 KB, and room to escape them

/**
 * One operation of X-Ray's rest-json API: `POST <path>`, its input checked by `schema`. An empty body counts as `{}`,
 * because samplers post none; a null member counts as absent.
 */
export function operation<Schema extends z.ZodType>(
  path: string,
  schema: Schema,
  handle: (input: z.output<Schema>) => unknown,
): Route {
  return {
    method: 'POST',
    path,
    maxBodyBytes: MAX_API_BYTES,
    toErrorAnswer: xrayErrorAnswer,
    handle: async ({ body }) => {
      const result = schema.safeParse(parse(body))
      if (!result.success) {
        const issue = result.error.issues[0]
        throw invalidRequest([issue?.path.join('.'), issue?.message].filter(Boolean).join(': '))
      }
      const output = await handle(result.data)
      const headers = { 'content-type': 'application/json', 'x-amzn-requestid': randomUUID() }
      return jsonAnswer(200, output ?? {}, headers)
    },
  }
}

function parse(body: Buffer): unknown {
  const text = body.toString('utf8').trim()
  if (text === '') return {}
  try {
    const value: unknown = JSON.parse(text, (_key, member: unknown) => member ?? undefined)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  } catch {
    // Falls through: one sentence for whatever is not an object.
  }
  throw invalidRequest('The request body is not a JSON object.')
}
