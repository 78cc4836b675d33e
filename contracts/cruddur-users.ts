/**
 * The people who use the sample, once: the api signs them in, the profiles service knows their names, and the load
 * generator sends requests as them. Made from two lists of names, so that every process has the same 300.
 */
export interface CruddurUser {
  /** Also what identifies the user in telemetry. */
  readonly handle: string
  readonly displayName: string
  readonly plan: Plan
  readonly region: Region
  readonly features: Readonly<Record<Feature, boolean>>
}

export type Plan = keyof typeof PLAN_SHARES
export type Region = keyof typeof REGION_SHARES
export type Feature = keyof typeof FEATURE_SHARES

/** The share of users by plan. */
export const PLAN_SHARES = { free: 0.36, pro: 0.18, team: 0.36, enterprise: 0.1 } as const

/** The share of users by region. */
export const REGION_SHARES = {
  'eu-central': 0.22,
  'us-east': 0.18,
  'ap-south': 0.34,
  'eu-west': 0.15,
  'us-west': 0.11,
} as const

/** The share of users for whom each feature is on. */
export const FEATURE_SHARES = { ranked_feed: 0.5, link_previews: 0.25, voice_posts: 0.1 } as const

/** The authors of the posts in backend/database/seed.sql. */
const AUTHORS = ['Maya Lindqvist', 'Tomasz Zieliński', 'Inês Carvalho', 'Nkechi Obi', 'Arne Holm']
const FIRST_NAMES =
  'Amara Björn Chiara Dmitri Elif Farid Greta Hana Ibrahim Jana Kofi Leila Mateo Nora Oskar Priya Quentin Rosa Sanjay'
const LAST_NAMES =
  'Adeyemi Bauer Castillo Dahl Eriksson Ferrari Gupta Haddad Ito Jensen Kowalska Lopes Mehta Novák Okafor Popescu'
const COUNT = 300

/** The root of the equation x⁴ = x + 1. */
const ROOT = 1.2207440846057596

/** Always the same, the authors first. */
export const USERS: readonly CruddurUser[] = makeUsers()

const byHandle = new Map(USERS.map((user) => [user.handle, user]))

export function findUser(handle: string): CruddurUser | undefined {
  return byHandle.get(handle)
}

function makeUsers(): CruddurUser[] {
  const firstNames = FIRST_NAMES.split(' ')
  const lastNames = LAST_NAMES.split(' ')
  // 19 and 16 names, which have no common divisor: the pairs repeat after 304.
  const others = Array.from(
    { length: COUNT - AUTHORS.length },
    (_, index) => `${firstNames[index % firstNames.length]} ${lastNames[index % lastNames.length]}`,
  )
  return [...AUTHORS, ...others].map((displayName, index) => ({
    handle: handleOf(displayName, index < AUTHORS.length),
    displayName,
    plan: chooseByShare(PLAN_SHARES, spread(index, 1)),
    region: chooseByShare(REGION_SHARES, spread(index, 2)),
    features: {
      ranked_feed: isWithin(FEATURE_SHARES.ranked_feed, index, 2),
      link_previews: isWithin(FEATURE_SHARES.link_previews, index, 3),
      voice_posts: isWithin(FEATURE_SHARES.voice_posts, index, 7),
    },
  }))
}

/** `Björn Novák` is `bjorn_novak`. */
function handleOf(displayName: string, isFirstName: boolean): string {
  const plain = displayName.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()
  return isFirstName ? (plain.split(' ')[0] ?? '') : plain.replace(' ', '_')
}

/**
 * A number from 0 to 1 for user number `index`. The numbers of the three dimensions are spread evenly, also together and
 * also over the first few users, so that plan, region and client version are independent of each other however much more
 * active some users are than others. Random numbers would not be, with so few users.
 * Source: https://extremelearning.com.au/unreasonable-effectiveness-of-quasirandom-sequences/ (R₃)
 */
export function spread(index: number, dimension: 1 | 2 | 3): number {
  return (0.5 + (index + 1) / ROOT ** dimension) % 1
}

/** Spread like `spread`, by the square root of a prime, whose multiples are independent of its numbers. */
function isWithin(share: number, index: number, prime: number): boolean {
  return ((index + 1) * Math.sqrt(prime)) % 1 < share
}

/** The name at a place from 0 to 1, where the names have their shares one after the other. The shares add up to 1. */
export function chooseByShare<Name extends string>(
  shares: Readonly<Record<Name, number>>,
  place: number,
): Name {
  const names = Object.keys(shares) as Name[]
  let end = 0
  const found = names.find((name) => {
    end += shares[name]
    return place < end
  })
  // The sum of the shares may be a little less than 1, because they are doubles.
  return found ?? (names.at(-1) as Name)
}
