import type { TraceLenses } from '../../contracts/sandbox/lenses.ts'
import { pathShape } from '../../contracts/sandbox/work-shape.ts'
import { recordOf } from './occurrence.ts'

/** Finds the route of a path, of routes like `/api/activities/@:handle` or `/items/{id}`. */
export type RouteOf = (path: string) => string

const PARAMETER = /:\w+|\{[^}]*\}|<[^>]*>|\*+/g

/** The routes that the spans and segments of traces name. A client's call has the same name in all of them by their routes. */
export function routesOf(traces: readonly TraceLenses[]): RouteOf {
  const routes = traces.flatMap(({ spans, segments }) => [
    ...spans.map(({ attributes }) => attributes['http.route']),
    ...segments.map(({ fields }) => recordOf(fields.annotations).http_route),
  ])
  return routeFinder(routes.filter((route): route is string => typeof route === 'string' && route !== ''))
}

/**
 * Names paths by the first of the routes that fits, those with fewer parameters first. Other paths are named without values.
 */
export function routeFinder(routes: Iterable<string>): RouteOf {
  const patterns = [...new Set(routes)]
    .map((route) => ({
      route,
      parameters: route.match(PARAMETER)?.length ?? 0,
      matches: routeMatcher(route),
    }))
    .toSorted((a, b) => a.parameters - b.parameters || b.route.length - a.route.length)
  const known = new Map<string, string>()
  return (path) => {
    const found = known.get(path) ?? patterns.find(({ matches }) => matches(path))?.route ?? pathShape(path)
    known.set(path, found)
    return found
  }
}

function routeMatcher(route: string): (path: string) => boolean {
  const wanted = route.split('/').map((segment) => {
    const literals = segment.split(PARAMETER)
    return { first: literals[0] ?? '', last: literals.at(-1) ?? '', isExact: literals.length === 1 }
  })
  return (path) => {
    const segments = path.split('/')
    return (
      segments.length === wanted.length &&
      wanted.every(({ first, last, isExact }, index) => {
        const segment = segments[index] ?? ''
        if (isExact) return segment === first
        return (
          segment.length > first.length + last.length && segment.startsWith(first) && segment.endsWith(last)
        )
      })
    )
  }
}
