import { z } from 'zod'
import type { RequestRow } from '../../contracts/sandbox/lists.ts'
import type { ErrorRequests, TraceTwins, Wiring } from '../../contracts/sandbox/wiring.ts'
import { parseQuery } from '../http/url-query.ts'
import type { ReadThread } from '../read-thread/read-thread.ts'
import type { ErrorRequestIds } from '../requests/twins/stray-errors.ts'
import type { TraceTwinIds, TwinJob } from '../requests/twins/twin-jobs.ts'

const id = z.coerce.number().int().nonnegative()
/** Ids of occurrences. */
const QUERY = z.object({ newest: id, oldest: id })

/** Reads of what looks like one request although it is stored as two. The read thread finds it and returns ids. */
export function createWiringReads(
  thread: Pick<ReadThread, 'ask'>,
  rowsOf: (traceIds: readonly string[]) => RequestRow[],
) {
  const ask = async <Answer>(job: TwinJob, signal: AbortSignal) =>
    JSON.parse(String(await thread.ask(job, signal))) as Answer

  return {
    wiring: (signal: AbortSignal) => ask<Wiring>({ kind: 'wiring', nowMs: Date.now() }, signal),

    async twins(traceId: string, signal: AbortSignal): Promise<TraceTwins> {
      const found = await ask<TraceTwinIds>({ kind: 'trace twins', traceId, nowMs: Date.now() }, signal)
      const twins = found.twins.flatMap((twin) => {
        const [row] = rowsOf([twin.honeycomb === traceId ? twin.xray : twin.honeycomb])
        return row ? [{ ...twin, row }] : []
      })
      return { twins, several: rowsOf(found.several), errors: found.errors }
    },

    /** For `?newest=&oldest=` of an item. Throws an HttpError (400). */
    async errorRequests(item: string, query: URLSearchParams, signal: AbortSignal): Promise<ErrorRequests> {
      const ids = parseQuery(QUERY, query)
      const itemId = /^\d{1,15}$/.test(item) ? Number(item) : 0
      const job = { kind: 'error requests', itemId, ...ids, nowMs: Date.now() } as const
      const found = await ask<readonly ErrorRequestIds[]>(job, signal)
      return { found: found.map(({ traceIds, ...one }) => ({ ...one, rows: rowsOf(traceIds) })) }
    },
  }
}
