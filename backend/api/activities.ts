export interface Activity {
  readonly uuid: string
  readonly handle: string
  readonly message: string
  readonly likes_count: number
  readonly replies_count: number
  /** ISO 8601. */
  readonly created_at: string
  readonly expires_at: string
}

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** Posts by their age and how long they live, so that the sample is as fresh tomorrow as it is today. */
const SEED = [
  {
    uuid: '0c9d7f52-6a0f-4a7e-9a5e-3f0e8a3b6d01',
    handle: 'maya',
    message: 'Shipped on a Friday. Watching the traces with one eye.',
    likes: 5,
    replies: 1,
    ageMs: 2 * DAY_MS,
    livesMs: 7 * DAY_MS,
  },
  {
    uuid: 'b4a3f1de-52c7-4e0b-8f5d-7d1c9e2a4f02',
    handle: 'tomasz',
    message: 'It was DNS.',
    likes: 42,
    replies: 0,
    ageMs: 7 * DAY_MS,
    livesMs: 16 * DAY_MS,
  },
  {
    uuid: '7e58c0a9-1d34-4b96-a2c8-5f6b0d7e9a03',
    handle: 'ines',
    message: 'Who else reads a waterfall chart before breakfast?',
    likes: 0,
    replies: 0,
    ageMs: HOUR_MS,
    livesMs: 13 * HOUR_MS,
  },
] as const

/** The posts that have not expired at `now`, newest first. */
export function recentActivities(now: Date): Activity[] {
  return SEED.map(({ uuid, handle, message, likes, replies, ageMs, livesMs }) => {
    const createdAt = now.getTime() - ageMs
    return {
      uuid,
      handle,
      message,
      likes_count: likes,
      replies_count: replies,
      created_at: new Date(createdAt).toISOString(),
      expires_at: new Date(createdAt + livesMs).toISOString(),
    }
  })
    .filter(({ expires_at }) => expires_at > now.toISOString())
    .sort((a, b) => b.created_at.localeCompare(a.created_at))
}
