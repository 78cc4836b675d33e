/** One kind of request, and its share of the traffic. */
export interface LoadRoute {
  readonly name: string
  readonly weight: number
  readonly method: 'GET' | 'POST'
  readonly path: () => string
  readonly body?: () => unknown
}

const HANDLES = ['maya', 'tomasz', 'ines', 'nkechi', 'arne']
const TERMS = ['cloud', 'trace', 'the', 'nothing like this']

/** Users of a microblog read far more than they write. */
export const ROUTES: readonly LoadRoute[] = [
  get('/api/activities/home', 40),
  get('/api/activities/notifications', 10),
  { ...get('/api/activities/@:handle', 15), path: () => `/api/activities/@${pick(HANDLES)}` },
  {
    ...get('/api/activities/search', 12),
    path: () => `/api/activities/search?term=${encodeURIComponent(pick(TERMS))}`,
  },
  get('/api/message_groups', 8),
  { ...get('/api/messages/@:handle', 10), path: () => `/api/messages/@${pick(HANDLES)}` },
  {
    name: 'POST /api/activities',
    weight: 5,
    method: 'POST',
    path: () => '/api/activities',
    // The activity expires within the hour.
    body: () => ({ message: `Load at ${new Date().toISOString()}`, ttl: '1-hour' }),
  },
]

/** Fails on purpose, and so creates a Rollbar item. */
export const FAILING: LoadRoute = get('/rollbar/test', 0)

function get(path: string, weight: number): LoadRoute {
  return { name: `GET ${path}`, weight, method: 'GET', path: () => path }
}

function pick<T>(values: readonly T[]): T {
  return values[Math.floor(Math.random() * values.length)] as T
}

/** Returns a function that picks a route by weight, or with probability `errorShare` (0 to 1) the failing one. */
export function createMix(errorShare: number, random: () => number = Math.random): () => LoadRoute {
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
