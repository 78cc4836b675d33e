import { z } from 'zod'
import type { Database } from '../database/pool.ts'

const message = z.object({
  uuid: z.string(),
  /** The author. */
  handle: z.string(),
  message: z.string(),
  /** ISO 8601. */
  created_at: z.date().transform((date) => date.toISOString()),
})

/** A conversation: the other person's handle, and the last message. */
const messageGroup = message.omit({ uuid: true })

export type Message = z.output<typeof message>
export type MessageGroup = z.output<typeof messageGroup>

export interface Messages {
  /** The conversations of the handle, the latest first. */
  groups(handle: string): Promise<MessageGroup[]>
  /** The last 100 messages between the two, oldest first. */
  between(handle: string, other: string): Promise<Message[]>
  create(message: { from: string; to: string; message: string }): Promise<Message>
}

export function createMessages(database: Database): Messages {
  return {
    groups: async (handle) => {
      const { rows } = await database.query(
        `select handle, message, created_at from (
           select distinct on (least(sender, recipient), greatest(sender, recipient))
             case sender when $1 then recipient else sender end as handle, message, created_at
           from messages where $1 in (sender, recipient)
           order by least(sender, recipient), greatest(sender, recipient), created_at desc
         ) latest order by created_at desc limit 100`,
        [handle],
      )
      return z.array(messageGroup).parse(rows)
    },
    between: async (handle, other) => {
      const { rows } = await database.query(
        `select uuid, sender as handle, message, created_at from messages
         where least(sender, recipient) = least($1::text, $2::text) and greatest(sender, recipient) = greatest($1::text, $2::text)
         order by created_at desc, uuid limit 100`,
        [handle, other],
      )
      return z.array(message).parse(rows).reverse()
    },
    create: async ({ from, to, message: text }) => {
      const { rows } = await database.query(
        'insert into messages (sender, recipient, message) values ($1, $2, $3) returning uuid, sender as handle, message, created_at',
        [from, to, text],
      )
      return message.parse(rows[0])
    },
  }
}
