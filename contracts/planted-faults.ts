import { createHash } from 'node:crypto'
import type { SpanMark } from './span-mark.ts'

// What the planted faults of the workshop's chapter 9 are, and by what they are recognised. Stop reading here until you have
// found them.

/** Single letters, so that a learner cannot tell from the setting what each planted fault does. */
export const FAULTS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'] as const
export type Fault = (typeof FAULTS)[number]

/** Each letter once, in alphabetical order. */
export function inOrder(letters: readonly string[]): Fault[] {
  return FAULTS.filter((letter) => letters.includes(letter))
}

export const KINDS = {
  /** A query takes the time. */
  a: 'slow-query',
  /** One call for each item of a list, where one call for all is enough. */
  b: 'n-plus-one',
  /** A call fails, the request is answered 200, and data is missing in the response. */
  c: 'silent-failure',
  /** A call is slow, but only for the users of one plan in one region on one client version. */
  d: 'slow-cohort',
  /** A call fails, and the same call is sent again and again without a pause. */
  e: 'retry-storm',
  /** Every look-up in a cache misses. */
  f: 'broken-cache',
  /** Requests wait for a connection, and the query itself is fast. */
  g: 'pool-wait',
  /** A call is answered 200, and the error is in the body: no span is an error. */
  h: 'hidden-error',
} as const satisfies Record<Fault, string>
export type FaultKind = (typeof KINDS)[Fault]

/** Attributes of the api's server span, all of which a request has if the fault is bound to them. */
export type Cohort = Readonly<Record<string, string | boolean>>

/** The fault is in action for the first `onS` of every `periodS` seconds, counted from `phaseS` seconds before the epoch. */
export interface Rhythm {
  readonly periodS: number
  readonly onS: number
  readonly phaseS: number
}

export interface PlannedFault {
  readonly letter: Fault
  readonly kind: FaultKind
  /** The api's route (`http.route`, always GET) that has the fault. Undefined: any GET below /api. */
  readonly route: string | undefined
  /** Undefined: requests of every user have the fault. */
  readonly cohort: Cohort | undefined
  /** Undefined: in action all the time. */
  readonly rhythm: Rhythm | undefined
  /** The handle whose name cannot be read (c). */
  readonly handle: string | undefined
  /** The span that is the reason. */
  readonly culprit: SpanMark
  /** A span that only follows from the reason. */
  readonly symptom: SpanMark | undefined
}

const HOME = '/api/activities/home'
const SEARCH = '/api/activities/search'
const USER = '/api/activities/@:handle'
const NOTIFICATIONS = '/api/activities/notifications'
const MESSAGES = '/api/messages/@:handle'
/** Routes with at least 10 % of the requests of `npm run load`. */
const ROUTES = [HOME, SEARCH, USER, NOTIFICATIONS, MESSAGES]

const PLAN = 'app.user.plan'
const REGION = 'app.user.region'
const VERSION = 'app.client.version'
/** Each has 8 to 20 % of the requests of `npm run load`. */
const COHORTS: readonly Cohort[] = [
  { [PLAN]: 'team', [REGION]: 'ap-south' },
  { [PLAN]: 'free', [VERSION]: '2.4.0' },
  { [PLAN]: 'team', [VERSION]: '2.4.0' },
  { [REGION]: 'ap-south', [VERSION]: '2.4.0' },
  { [PLAN]: 'free', [REGION]: 'ap-south' },
]
/** Each has 3 to 6 %. The first is that of the README's example. */
const SMALL_COHORTS: readonly Cohort[] = [
  { [PLAN]: 'team', [REGION]: 'ap-south', [VERSION]: '2.4.0' },
  { [PLAN]: 'free', [REGION]: 'ap-south', [VERSION]: '2.4.0' },
]

/** Authors of posts in backend/database/seed.sql, which are in the timeline of every user. */
const HANDLES = ['nkechi', 'tomasz', 'arne']

/** `$2` is how many rows they read, and so how slow they are: backend/planted-faults/slow-query.ts. */
const STATEMENTS = [
  'select count(*)::int as suggestions from (select message, word from activities cross join generate_series(1, 10000) as word limit $2) as candidate where md5(message || word) like $1',
  'select handle, sum(likes_count / (day + 1.0)) as score from (select handle, likes_count, day from activities cross join generate_series(1, 10000) as day limit $2) as entry where md5(handle || day) > $1 group by handle order by score desc limit 5',
  'select max(md5(message || page)) as cursor from (select handle, message, page from activities cross join generate_series(1, 10000) as page limit $2) as entry where handle <> $1',
]

/** The attribute of `/api/previews` and the like that says what became of the request. */
export const OUTCOME = 'app.outcome'
/** The span of a look-up in a cache, and its attributes. */
export const CACHE_SPAN = 'cache.get'
export const CACHE_HIT = 'app.cache.hit'
export const CACHE_KEY = 'app.cache.key'
/** The span of a wait for a connection, and the number of requests that wait with it. */
export const POOL_SPAN = 'pool.acquire'
export const POOL_WAITING = 'app.pool.waiting'

interface Variation {
  readonly culprit: SpanMark
  readonly symptom?: SpanMark
}
const callOf = (path: string, rest: Partial<SpanMark> = {}): Variation => ({
  culprit: { as: 'call', path, ...rest },
})

const VARIATIONS: Readonly<Record<Fault, readonly Variation[]>> = {
  a: STATEMENTS.map((statement) => ({ culprit: { as: 'query', statement } })),
  b: ['/api/badges', '/api/avatars'].map((path) => callOf(path, { times: 3, calls: 'different' })),
  c: [callOf('/api/profiles', { status: 503 })],
  d: ['/api/teams', '/api/entitlements'].map((path) => callOf(path, { minMs: 20 })),
  e: ['/api/presence', '/api/mutes'].map((path) => callOf(path, { status: 503, times: 3, calls: 'equal' })),
  f: ['/api/rankings', '/api/trends'].map((path) => ({
    // The time in the key is why no look-up finds anything.
    culprit: { as: 'span', name: CACHE_SPAN, attributes: { [CACHE_HIT]: false, [CACHE_KEY]: /:\d{13}$/ } },
    symptom: { as: 'call', path },
  })),
  g: [{ culprit: { as: 'span', name: POOL_SPAN, minMs: 10 } }],
  h: [
    callOf('/api/previews', { status: 200, attributes: { [OUTCOME]: 'quota_exceeded' } }),
    callOf('/api/translations', { status: 200, attributes: { [OUTCOME]: 'unsupported_language' } }),
  ],
}

/** Of kinds that are not on all of ROUTES; c is in the profiles service. For a wait, many requests must come at a time. */
const ROUTES_OF: Partial<Record<Fault, readonly string[]>> = { a: [SEARCH, HOME, USER, MESSAGES], g: [HOME] }

/** Kinds that a seed may bind to attributes. `d` always is; `c` is bound to a handle. */
const MAY_HAVE_COHORT: ReadonlySet<Fault> = new Set(['a', 'b', 'e', 'f', 'h'])

/** Short enough that a load of 60 s sees each fault in action and out of action. */
const PERIODS_S = [20, 24, 28]
const ON_SHARE = 0.6

/**
 * The faults of these letters as a seed varies them: always the same for the same seed. Without a seed each is in its first
 * variation and in action all the time.
 */
export function planFaults(letters: readonly Fault[], seed: string): PlannedFault[] {
  return letters.map((letter) => planFault(letter, seed))
}

function planFault(letter: Fault, seed: string): PlannedFault {
  const choose = choices(seed, letter)
  const { culprit, symptom } = choose(VARIATIONS[letter])
  const mayHaveCohort = choose([false, true]) && MAY_HAVE_COHORT.has(letter)
  const cohort = letter === 'd' ? choose(SMALL_COHORTS) : mayHaveCohort ? choose(COHORTS) : undefined
  const route = choose(ROUTES_OF[letter] ?? ROUTES)
  const periodS = choose(PERIODS_S)
  const rhythm = { periodS, onS: Math.round(ON_SHARE * periodS), phaseS: choose([...Array(periodS).keys()]) }
  return {
    letter,
    kind: KINDS[letter],
    // Requests of one cohort are too few on one route.
    route: cohort || letter === 'c' ? undefined : route,
    cohort,
    rhythm: seed === '' || letter === 'd' ? undefined : rhythm,
    handle: letter === 'c' ? choose(HANDLES) : undefined,
    culprit,
    symptom,
  }
}

/** Returns a function that chooses among values by the seed; the first of them without a seed. */
function choices(seed: string, purpose: string): <Value>(values: readonly Value[]) => Value {
  const numbers = createHash('sha256').update(`${purpose}\n${seed}`).digest()
  let turn = 0
  return <Value>(values: readonly Value[]) => {
    const number = seed === '' ? 0 : numbers.readUInt32BE(4 * (turn++ % 8))
    return values[number % values.length] as Value
  }
}

const PER_ROUND = 3
/** After so many rounds every kind has been there. */
export const ROUNDS = Math.ceil(FAULTS.length / PER_ROUND)

/**
 * The letters of a round, from 0 on, in alphabetical order: three, in the last round two. The first round has at least one
 * fault that is bound to attributes, and one that is not. After the last round the first one comes again.
 */
export function drawFaults(seed: string, round = 0): Fault[] {
  const shuffled = FAULTS.map((letter) => ({
    letter,
    isBound: planFault(letter, seed).cohort !== undefined,
    place: createHash('sha256').update(`draw\n${seed}\n${letter}`).digest('hex'),
  })).toSorted((one, other) => (one.place < other.place ? -1 : 1))
  const first = [true, false].flatMap((isBound) => shuffled.find((one) => one.isBound === isBound) ?? [])
  const order = [...first, ...shuffled.filter((one) => !first.includes(one))]
  const start = (round % ROUNDS) * PER_ROUND
  return order
    .slice(start, start + PER_ROUND)
    .map(({ letter }) => letter)
    .toSorted()
}

export function isActive({ rhythm }: Pick<PlannedFault, 'rhythm'>, nowMs: number): boolean {
  if (!rhythm) return true
  return (nowMs / 1000 + rhythm.phaseS) % rhythm.periodS < rhythm.onS
}

/** `attributes`: those of the request's server span in the api. */
export function isInCohort(
  { cohort = {} }: Pick<PlannedFault, 'cohort'>,
  attributes: Readonly<Record<string, unknown>>,
): boolean {
  return Object.entries(cohort).every(([name, value]) => attributes[name] === value)
}
