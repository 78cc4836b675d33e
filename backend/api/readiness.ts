import type { RequestHandler } from 'express'
import { withDeadline } from '../telemetry/deadline.ts'

/** What the api cannot do its work without, by name: each resolves while it is there, and rejects with the reason. */
export type Needs = Readonly<Record<string, () => Promise<unknown>>>

const TIMEOUT_MS = 2_000

/** `GET /health/ready`: 200, or 503 with what is missing. */
export function readiness(needs: Needs): RequestHandler {
  return async (_request, response) => {
    const answers = await Promise.all(
      Object.entries(needs).map(async ([name, ask]) => ({
        name,
        isThere: (await withDeadline(ask(), TIMEOUT_MS)) === 'done',
      })),
    )
    const missing = answers.filter(({ isThere }) => !isThere).map(({ name }) => name)
    response
      .status(missing.length === 0 ? 200 : 503)
      .set('cache-control', 'no-store')
      .json({ status: missing.length === 0 ? 'ready' : 'not ready', missing })
  }
}
