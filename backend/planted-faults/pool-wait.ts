import { trace } from '@opentelemetry/api'
import { Pool, type PoolClient } from 'pg'
import { type PlannedFault, POOL_SPAN, POOL_WAITING } from '../../contracts/planted-faults.ts'
import type { Means, Step } from './index.ts'

const tracer = trace.getTracer('pool')

const UNREAD =
  "select count(*)::int as unread from messages where recipient = $1 and created_at > now() - interval '1 day'"

/** How long a request keeps the connection after its query if no other waits. It is in no transaction, which would block all. */
const KEPT_MS = 400
/** The connection is given back as soon as a request has waited for so long. */
const WAIT_MS = 110
/** A request that has no connection by then goes on without its query, at any rate of a load. */
const MAX_WAIT_MS = 140

/** Fault g: a connection is given back late, to a pool that has one. */
export function poolWait(_fault: PlannedFault, { address }: Pick<Means, 'address'>): Step {
  const pool = new Pool({ ...address, max: 1, allowExitOnIdle: true })
  // A connection that breaks while it is idle would end the process. The pool replaces it.
  pool.on('error', () => {})
  let giveBack = () => {}
  return async (isAffected, user) => {
    const client = await acquire(pool, () => giveBack())
    if (!client) return
    try {
      await client.query(UNREAD, [user['user.id']])
    } finally {
      giveBack = once(() => client.release())
      // Requests that wait get the connection one after the other. Only the last of them keeps it, so the queue cannot grow.
      if (isAffected && pool.waitingCount === 0) setTimeout(giveBack, KEPT_MS)
      else giveBack()
    }
  }
}

/** Undefined if there is no connection within MAX_WAIT_MS. */
async function acquire(pool: Pool, giveBack: () => void): Promise<PoolClient | undefined> {
  const attributes = { [POOL_WAITING]: pool.waitingCount, 'db.client.connection.pool.name': 'inbox' }
  return await tracer.startActiveSpan(POOL_SPAN, { attributes }, async (span) => {
    const request = setTimeout(giveBack, WAIT_MS)
    let limit: NodeJS.Timeout | undefined
    const connecting = pool.connect()
    const tooLate = new Promise<undefined>((resolve) => {
      limit = setTimeout(() => resolve(undefined), MAX_WAIT_MS)
    })
    try {
      const client = await Promise.race([connecting, tooLate])
      // A connection that comes later goes to the next request.
      if (!client) void connecting.then((late) => late.release()).catch(() => {})
      return client
    } finally {
      clearTimeout(request)
      clearTimeout(limit)
      span.end()
    }
  })
}

/** A connection may be released once. */
function once(action: () => void): () => void {
  let isDone = false
  return () => {
    if (!isDone) action()
    isDone = true
  }
}
