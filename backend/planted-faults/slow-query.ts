import type { PlannedFault } from '../../contracts/planted-faults.ts'
import { DatabaseShare } from './database-share.ts'
import type { Means, Step } from './index.ts'

/** Many times the duration of any other query, and short enough for the requests that wait behind it. */
const WANTED_MS = 45
/** Rows. The first takes about 40 ms in the embedded Postgres on a busy machine of 2026. */
const SIZES = { first: 30_000, least: 1_000, most: 200_000 }

/** Fault a: a query that reads more than it needs, and whose result is not used. */
export function slowQuery({ culprit }: PlannedFault, { database }: Means): Step {
  const { statement } = culprit
  if (statement === undefined) throw new Error('A slow query has a statement.')
  const share = new DatabaseShare()
  let rows = SIZES.first
  return async (isAffected, user) => {
    if (!isAffected || !share.isFree()) return
    const tookMs = await share.use(() => database.query(statement, [`${user['user.id']}%`, rows]))
    // Its duration depends on the machine and on the load.
    const wanted = rows * Math.min(2, Math.max(0.5, WANTED_MS / tookMs))
    rows = Math.round(Math.min(SIZES.most, Math.max(SIZES.least, wanted)))
  }
}
