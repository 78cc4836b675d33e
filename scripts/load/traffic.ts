import { createPeople, type Person } from './people.ts'
import { createRandom } from './random.ts'
import { createMix, type LoadRoute } from './routes.ts'

/** A request as it is sent. */
export interface LoadRequest {
  readonly route: LoadRoute
  readonly path: string
  readonly body?: unknown
  readonly person: Person
}

/**
 * Returns a function that makes one request after another. With the same seed and share of errors (0 to 1) they are the
 * same requests in the same order.
 */
export function createTraffic(seed: number, errorShare: number): () => LoadRequest {
  const random = createRandom(seed)
  const nextPerson = createPeople(random)
  const nextRoute = createMix(errorShare, random)
  let posts = 0
  return () => {
    const person = nextPerson()
    const route = nextRoute()
    return {
      route,
      person,
      path: route.path(random),
      ...(route.body && { body: route.body(++posts) }),
    }
  }
}
