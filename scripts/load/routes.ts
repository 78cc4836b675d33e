import { pickUser } from './people.ts'
import { pick } from './random.ts'

/** One kind of request, and its share of the traffic. */
export interface LoadRoute {
  readonly name: string
  readonly weight: number
  readonly method: 'GET' | 'POST'
  readonly path: (random: () => number) => string
  /** `number`: how many requests have had a body, with this one. */
  readonly body?: (number: number) => unknown
}

const TERMS = ['cloud', 'trace', 'the', 'nothing like this']

/** Users of a microblog read far more than they write. */
export const ROUTES: readonly LoadRoute[] = [
  get('/api/activities/home', 40),
  get('/api/activities/notifications', 10),
  { ...get('/api/activities/@:handle', 15), path: (random) => `/api/activities/@${pickUser(random).handle}` },
  {
    ...get('/api/activities/search', 12),
    path: (random) => `/api/activities/search?term=${encodeURIComponent(pick(random, TERMS))}`,
  },
  get('/api/message_groups', 8),
  { ...get('/api/messages/@:handle', 10), path: (random) => `/api/messages/@${pickUser(random).handle}` },
  {
    ...post('/api/activities', 5),
    // The activity expires within the hour.
    body: (number) => ({ message: `Load, post ${number}`, ttl: '1-hour' }),
  },
]

/** Fails on purpose, and so creates a Rollbar item. */
export const FAILING: LoadRoute = get('/rollbar/test', 0)

/** Opens a session, once for each person. */
export const SIGN_IN: LoadRoute = post('/api/session', 0)

function get(path: string, weight: number): LoadRoute {
  return { name: `GET ${path}`, weight, method: 'GET', path: () => path }
}

function post(path: string, weight: number): LoadRoute {
  return { ...get(path, weight), name: `POST ${path}`, method: 'POST' }
}

/** Returns a function that picks a route by weight, or with probability `errorShare` (0 to 1) the failing one. */
export function createMix(errorShare: number, random: () => number): () => LoadRoute {
  const total = ROUTES.reduce((sum, { weight }) => sum + weight, 0)
  return () => {
    if (random() < errorShare) return FAILING
    let rest = random() * total
    for (const route of ROUTES) {
      rest -= route.weight
      if (rest < 0) return route
    }
    return ROUTES[0] as LoadRoute
  }
}
