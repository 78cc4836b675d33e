import type { RequestHandler } from 'express'

/** What the api cannot do its work without, by name: each resolves while it is there, and rejects with the reason. */
export type Needs = Readonly<Record<string, () => Promise<unknown>>>

const TIMEOUT_MS = 2_000

/** `GET /health/ready`: 200, or 503 with what is missing. */
export function readiness(needs: Needs): RequestHandler {
  return async (_request, response) => {
    const answers = await Promise.all(
      Object.entries(needs).map(async ([name, ask]) => ({ name, isThere: await isThere(ask) })),
    )
    const missing = answers.filter(({ isThere }) => !isThere).map(({ name }) => name)
    response
      .status(missing.length === 0 ? 200 : 503)
      .set('cache-control', 'no-store')
      .json({ status: missing.length === 0 ? 'ready' : 'not ready', missing })
  }
}

async function isThere(ask: () => Promise<unknown>): Promise<boolean> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error('timeout')), TIMEOUT_MS)
  try {
    await Promise.race([ask(), late])
    return true
  } catch {
    return false
  } finally {
    clearTimeout(timer)
  }
}
