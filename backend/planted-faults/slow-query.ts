import type { PlannedFault } from '../../contracts/planted-faults.ts'
import { DatabaseShare } from './database-share.ts'
import type { Means, Step } from './index.ts'

/** Many times the duration of any other query, and short enough for the requests that wait behind it. */
const WANTED_MS = 45
const SIZES = { first: 100, least: 5, most: 50_000 }

/** Fault a: a query that reads more than it needs, and whose result is not used. */
export function slowQuery({ culprit: { statement = '' } }: PlannedFault, { database }: Means): Step {
  const share = new DatabaseShare()
  let size = SIZES.first
  return async (isAffected, user) => {
    if (!isAffected || !share.isFree()) return
    const tookMs = await share.use(() => database.query(statement, [`${user['user.id']}%`, size]))
    // Its duration depends on the machine, on the load and on the number of posts.
    const wanted = size * Math.min(2, Math.max(0.5, WANTED_MS / tookMs))
    size = Math.round(Math.min(SIZES.most, Math.max(SIZES.least, wanted)))
  }
}
