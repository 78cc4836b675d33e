import { trace } from '@opentelemetry/api'
import { Pool, type PoolClient } from 'pg'
import { type PlannedFault, POOL_SPAN, POOL_WAITING } from '../../contracts/planted-faults.ts'
import type { Means, Step } from './index.ts'

const tracer = trace.getTracer('pool')

const UNREAD =
  "select count(*)::int as unread from messages where recipient = $1 and created_at > now() - interval '1 day'"

/** Other requests cannot use the connection for so long after its query. It is in no transaction, which would block all. */
const KEPT_MS = 400
/** A request waits no longer than this, at any rate of a load. */
const MAX_WAIT_MS = 140

/** Fault g: a connection is given back late, to a pool that has one. */
export function poolWait(_fault: PlannedFault, { address }: Means): Step {
  const pool = new Pool({ ...address, max: 1, allowExitOnIdle: true })
  // A connection that breaks while it is idle would end the process. The pool replaces it.
  pool.on('error', () => {})
  let giveBack = () => {}
  return async (isAffected, user) => {
    const client = await acquire(pool, () => giveBack())
    try {
      await client.query(UNREAD, [user['user.id']])
    } finally {
      const isWaitedFor = pool.waitingCount > 0
      giveBack = once(() => client.release())
      if (isAffected) setTimeout(giveBack, isWaitedFor ? MAX_WAIT_MS : KEPT_MS)
      else giveBack()
    }
  }
}

async function acquire(pool: Pool, giveBack: () => void): Promise<PoolClient> {
  const attributes = { [POOL_WAITING]: pool.waitingCount, 'db.client.connection.pool.name': 'inbox' }
  return await tracer.startActiveSpan(POOL_SPAN, { attributes }, async (span) => {
    const timer = setTimeout(giveBack, MAX_WAIT_MS)
    try {
      return await pool.connect()
    } finally {
      clearTimeout(timer)
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
