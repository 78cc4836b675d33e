import type { Express, Request, Response } from 'express'
import type { SpanMark } from '../../contracts/span-mark.ts'
import { withUrlTemplate } from '../telemetry/instrumentation/url-template.ts'

/** Calls the profiles service with handles in the query string. `isAffected` decides how it answers. */
export type CallProfiles = (
  path: string,
  handles: readonly string[],
  isAffected: boolean,
) => Promise<{ readonly status: number; readonly body: unknown }>

/** No attribute has it. */
const HEADER = 'x-cruddur-shard'
const TIMEOUT_MS = 2_000

export function createCalls(profilesUrl: string): CallProfiles {
  return async (path, handles, isAffected) => {
    const url = new URL(path, profilesUrl)
    url.searchParams.set('handles', handles.join(','))
    const headers = { [HEADER]: isAffected ? '2' : '1' }
    const signal = AbortSignal.timeout(TIMEOUT_MS)
    const response = await withUrlTemplate(path, () => fetch(url, { headers, signal }))
    return { status: response.status, body: await response.json() }
  }
}

/** The path of the call by which a fault is recognised. Throws for a mark that is no call's. */
export function pathOf(mark: SpanMark | undefined): string {
  if (mark?.path === undefined) throw new Error('The mark of this fault has no path.')
  return mark.path
}

/** Adds the route that answers these calls. */
export function answerCalls(
  app: Express,
  path: string,
  answer: (handles: readonly string[], isAffected: boolean, response: Response) => Promise<void>,
): void {
  app.get(path, (request: Request, response) =>
    answer(String(request.query.handles ?? '').split(','), request.get(HEADER) === '2', response),
  )
}

/** Not by an HttpError: it would be an item in Rollbar, and its stack would name these files. */
export function answerUnavailable(response: Response): void {
  response.status(503).type('application/problem+json').json({ title: 'Service Unavailable', status: 503 })
}
