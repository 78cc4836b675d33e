import { type CruddurUser, chooseByShare, spread, USERS } from '../../contracts/cruddur-users.ts'

/** A user with a session: signs in once, and keeps the client and its version. */
export interface Person {
  readonly user: CruddurUser
  readonly clientVersion: string
}

/** The share of users by client version. Most have the newest, a few test the next, and some never update. */
const CLIENT_VERSIONS = {
  '2.5.0-beta.1': 0.05,
  '2.4.0': 0.4,
  '2.3.2': 0.29,
  '2.3.1': 0.14,
  '2.2.0': 0.08,
  '1.9.4': 0.04,
} as const

/**
 * The activity of the users is a power law (Zipf's and Mandelbrot's): the user of rank `r` sends a share of
 * 1 / (r + FLATTENING) ** EXPONENT. The most active sends 4 % of all requests, the ten most active 24 %, and the less active
 * half of the users 24 %.
 */
const EXPONENT = 0.9
/** Ranks by which the law begins later, so that no single user dominates. */
const FLATTENING = 4

/** Where each user's share of the activity ends, from 0 to 1. */
const ACTIVITY_ENDS = activityEnds()

function activityEnds(): number[] {
  const activity = USERS.map((_, index) => (index + 1 + FLATTENING) ** -EXPONENT)
  const total = activity.reduce((sum, one) => sum + one, 0)
  let end = 0
  return activity.map((one) => {
    end += one / total
    return end
  })
}

/** A user by activity: active users are also those whose posts are read. */
export function pickUser(random: () => number): CruddurUser {
  return USERS[pickIndex(random)] as CruddurUser
}

/**
 * Returns a function that picks a person by activity. Which client version a person has depends only on the first random
 * number, and is independent of plan and region (`spread`).
 */
export function createPeople(random: () => number): () => Person {
  const offset = random()
  const people = USERS.map((user, index) => ({
    user,
    clientVersion: chooseByShare(CLIENT_VERSIONS, (spread(index, 3) + offset) % 1),
  }))
  return () => people[pickIndex(random)] as Person
}

function pickIndex(random: () => number): number {
  const place = random()
  const index = ACTIVITY_ENDS.findIndex((end) => place < end)
  // The last end may be a little less than 1, because it is a sum of doubles.
  return index === -1 ? USERS.length - 1 : index
}
