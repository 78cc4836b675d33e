import type { z } from 'zod'
import { HttpError } from './answer.ts'

/** A URL's query; empty parameters count as absent. Throws an HttpError (400) that names the first wrong one. */
export function parseQuery<Schema extends z.ZodType>(
  schema: Schema,
  query: URLSearchParams,
): z.output<Schema> {
  const result = schema.safeParse(Object.fromEntries([...query].filter(([, value]) => value !== '')))
  if (result.success) return result.data
  const issue = result.error.issues[0]
  throw new HttpError(400, `${issue?.path.join('.')}: ${issue?.message}`)
}
