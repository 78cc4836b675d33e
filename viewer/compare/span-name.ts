/** Longer texts are cut before they are read. Characters */
const MAX_TEXT = 4_000
const MAX_NAME = 400

const SQL_PARTS =
  /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\/|\$\d+|(?<![\w.])-?\d+(?:\.\d+)?(?:e[+-]?\d+)?\b/gi

/**
 * The same text for statements that differ in literals, parameters, the length of a list, comments or white space only.
 * A literal and a parameter become `?`.
 */
export function withoutLiterals(sql: string): string {
  return sql
    .slice(0, MAX_TEXT)
    .replace(SQL_PARTS, (part) => {
      if (part.startsWith('"')) return part
      return part.startsWith('--') || part.startsWith('/*') ? ' ' : '?'
    })
    .replace(/\s+/g, ' ')
    .replace(/\?(?: ?, ?\?)+/g, '?')
    .replace(/\( ?\? ?\)(?: ?, ?\( ?\? ?\))+/g, '(?)')
    .trim()
    .slice(0, MAX_NAME)
}

/** A name for a sentence or a row: a statement without the list of what it selects, and cut. */
export function shortSql(sql: string): string {
  const short = sql.replace(/^(select) .{9,}? (from) /i, '$1 … $2 ')
  return short.length > 90 ? `${short.slice(0, 90)}…` : short
}

const UUID = /\b[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}\b/gi
const LONG_ID = /\b(?=[a-z_-]*\d)[\da-f]{12,}\b/gi

/** A span's name without ids and numbers: `publish order 17` is `publish order {n}`. */
export function withoutIds(name: string): string {
  return name
    .slice(0, MAX_NAME)
    .replace(UUID, '{id}')
    .replace(LONG_ID, '{id}')
    .replace(/(?<![\w.{])\d+(?![\w.}])/g, '{n}')
}

/** A part of a path that differs from request to request. */
function isId(segment: string): boolean {
  return (
    /^\d+$/.test(segment) ||
    /^[\da-f]{8}-[\da-f-]{27}$/i.test(segment) ||
    /^(?=.*\d)[\da-f]{8,}$/i.test(segment) ||
    /^(?=.*\d)[\w-]{24,}$/.test(segment)
  )
}

/** Finds the route of a path, of routes like `/api/activities/@:handle` or `/items/{id}`. */
export type RouteOf = (path: string) => string

const PARAMETER = /:\w+|\{[^}]*\}|<[^>]*>|\*+/g

/**
 * Names paths by the first of the routes that fits, those with fewer parameters first. Other paths are named with `:id` in
 * place of ids.
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
    const found =
      known.get(path) ??
      patterns.find(({ matches }) => matches(path))?.route ??
      path
        .split('/')
        .map((segment) => (isId(segment) ? ':id' : segment))
        .join('/')
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

const LOCAL = /^(localhost|127\.\d+\.\d+\.\d+|\[?::1\]?)$/

/** `GET /api/items/:id`, with the host unless it is this machine. `address` is a URL or a path. */
export function callName(method: string, address: string, routeOf: RouteOf): string {
  if (!URL.canParse(address, 'http://localhost')) return `${method} ${address.slice(0, MAX_NAME)}`
  const url = new URL(address, 'http://localhost')
  const host = LOCAL.test(url.hostname) ? '' : url.hostname
  return `${method} ${host}${routeOf(url.pathname)}`.trim().slice(0, MAX_NAME)
}
