import { z } from 'zod'
import type { Database } from '../database/pool.ts'

/** How long a post may live, in hours. */
export const TTL_HOURS = {
  '30-days': 720,
  '7-days': 168,
  '3-days': 72,
  '1-day': 24,
  '12-hours': 12,
  '3-hours': 3,
  '1-hour': 1,
} as const

export type Ttl = keyof typeof TTL_HOURS

const timestamp = z.date().transform((date) => date.toISOString())

const activity = z.object({
  uuid: z.string(),
  handle: z.string(),
  message: z.string(),
  likes_count: z.int(),
  replies_count: z.int(),
  reply_to: z.string().nullable(),
  /** ISO 8601. */
  created_at: timestamp,
  expires_at: timestamp,
})

export type Activity = z.output<typeof activity>

/** Reads and writes posts. Expired posts are never returned; lists have at most 100 posts, newest first. */
export interface Activities {
  /** Posts that are not replies. */
  home(now: Date): Promise<Activity[]>
  /** Other people's replies to the handle's posts. */
  notifications(handle: string): Promise<Activity[]>
  /** Posts and replies that contain the term, ignoring case. */
  search(term: string): Promise<Activity[]>
  of(handle: string): Promise<Activity[]>
  find(uuid: string): Promise<Activity | undefined>
  /** The replies to a post, oldest first. */
  repliesTo(uuid: string): Promise<Activity[]>
  create(post: { handle: string; message: string; ttl: Ttl }): Promise<Activity>
  /** A reply expires with its post. Undefined if the post does not exist or has expired. */
  reply(post: { handle: string; message: string; to: string }): Promise<Activity | undefined>
}

const COLUMNS = 'uuid, handle, message, likes_count, reply_to, created_at, expires_at'
const REPLIES_COUNT =
  '(select count(*)::int from activities reply where reply.reply_to = activity.uuid and reply.expires_at > now()) as replies_count'
const SELECT = `select ${COLUMNS}, ${REPLIES_COUNT} from activities activity`
const NEWEST_FIRST = 'order by created_at desc, uuid limit 100'

export function createActivities(database: Database): Activities {
  const list = async (text: string, ...values: unknown[]) =>
    z.array(activity).parse((await database.query(text, values)).rows)
  const first = async (text: string, ...values: unknown[]) => (await list(text, ...values))[0]
  return {
    home: (now) => list(`${SELECT} where expires_at > $1 and reply_to is null ${NEWEST_FIRST}`, now),
    notifications: (handle) =>
      list(
        `${SELECT} where expires_at > now() and handle <> $1 and reply_to in (select uuid from activities where handle = $1) ${NEWEST_FIRST}`,
        handle,
      ),
    search: (term) =>
      list(
        `${SELECT} where expires_at > now() and message ilike $1 ${NEWEST_FIRST}`,
        `%${escapePattern(term)}%`,
      ),
    of: (handle) => list(`${SELECT} where expires_at > now() and handle = $1 ${NEWEST_FIRST}`, handle),
    find: (uuid) => first(`${SELECT} where uuid = $1 and expires_at > now()`, uuid),
    repliesTo: (uuid) =>
      list(`${SELECT} where reply_to = $1 and expires_at > now() order by created_at, uuid limit 100`, uuid),
    create: async ({ handle, message, ttl }) => {
      const created = await first(
        `insert into activities (handle, message, expires_at) values ($1, $2, now() + make_interval(hours => $3)) returning ${COLUMNS}, 0 as replies_count`,
        handle,
        message,
        TTL_HOURS[ttl],
      )
      if (!created) throw new Error('an insert returned no row')
      return created
    },
    // One statement, so that the post cannot expire between a check and the insert.
    reply: ({ handle, message, to }) =>
      first(
        `insert into activities (handle, message, reply_to, expires_at) select $1, $2, uuid, expires_at from activities where uuid = $3 and expires_at > now() returning ${COLUMNS}, 0 as replies_count`,
        handle,
        message,
        to,
      ),
  }
}

/** Escapes the wildcards `%` and `_`. */
function escapePattern(term: string): string {
  return term.replaceAll(/[\\%_]/g, String.raw`\$&`)
}
