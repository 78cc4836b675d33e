import { IncomingMessage, type ServerResponse } from 'node:http'
import { decoded } from '../privacy/redaction.ts'

/** A path in a route or in `use`; `:name` stands for a parameter. */
type Pattern = string | RegExp

/** A part of the app that is mounted at a path: a router, a sub-app, or middleware. */
interface Mount {
  /** What Express has removed from the URL, with the values of parameters: `/users/42`. */
  readonly baseUrl: string
  /** The patterns of that path: `/users/:userId`. */
  readonly template: string
  readonly outer?: Mount
}

const ROOT: Mount = { baseUrl: '', template: '' }

/** Where in the app a request is, and the last route that matched. */
interface Routing {
  baseUrl?: unknown
  route?: unknown
  mount: Mount
  template?: string | undefined
}

const ROUTING = Symbol('routing')
type Routed = IncomingMessage & { [ROUTING]?: Routing; params?: unknown }

/**
 * The template of the route that Express matched, with the paths of every router and sub-app that it is mounted in
 * (`/api/items/:id`), whether the route succeeded or failed. Undefined if no route matched, or if the last one that did
 * called `next()`: the response came from middleware then, such as `express.static` or a handler for 404.
 *
 * Source: https://opentelemetry.io/docs/specs/semconv/registry/attributes/http/#http-route
 */
export function routeOf(request: IncomingMessage): string | undefined {
  return (request as Routed)[ROUTING]?.template
}

/**
 * Follows where Express is in the app while it routes a request. Express assigns `baseUrl` to the request when it enters
 * and leaves a mounted part, and `route` when a route matches. Afterwards it is too late: on its way to an error handler
 * Express has left the mounted parts again.
 *
 * Accessors cost less than instrumentation-express, which wraps every layer, and do not depend on the order of imports.
 */
export function followRoutes(): void {
  if (Object.hasOwn(IncomingMessage.prototype, 'baseUrl')) return
  Object.defineProperties(IncomingMessage.prototype, {
    baseUrl: {
      configurable: true,
      get(this: Routed) {
        return this[ROUTING]?.baseUrl
      },
      set(this: Routed, baseUrl: unknown) {
        const routing = routingOf(this)
        routing.baseUrl = baseUrl
        routing.mount = mountAt(baseUrl, routing.mount, this)
      },
    },
    route: {
      configurable: true,
      get(this: Routed) {
        return this[ROUTING]?.route
      },
      set(this: Routed, route: unknown) {
        const routing = routingOf(this)
        routing.route = route
        const path = (route as { path?: unknown } | undefined)?.path
        const pattern = Array.isArray(path) ? matchingPath(path.flat(Infinity), this) : path
        routing.template = isPattern(pattern) ? join(routing.mount.template, pattern) : undefined
        if (routing.template !== undefined) watchDispatch(route as object)
      },
    },
  })
}

function routingOf(request: Routed): Routing {
  request[ROUTING] ??= { mount: ROOT }
  return request[ROUTING]
}

/** The mount at `baseUrl`: `from` itself, one that contains it, or a new one below. */
function mountAt(baseUrl: unknown, from: Mount, request: Routed): Mount {
  if (typeof baseUrl !== 'string') return ROOT
  let mount = from
  while (mount.outer && !baseUrl.startsWith(mount.baseUrl)) mount = mount.outer
  const entered = baseUrl.slice(mount.baseUrl.length)
  if (entered === '') return mount
  const pattern = matchedPattern(request) ?? '/'
  // With the pattern `/` Express enters nothing: the app itself has assigned a `baseUrl`.
  const path = pattern === '/' ? withParameters(entered, request.params) : withoutLastSlash(pattern)
  return { baseUrl, template: join(mount.template, path), outer: mount }
}

/** Express ignores a slash at the end of a mount's path. */
function withoutLastSlash(pattern: Pattern): Pattern {
  return typeof pattern === 'string' && pattern.endsWith('/') ? pattern.replace(/\/+$/, '') : pattern
}

/** `/api` and `/items/:id` are `/api/items/:id`. */
function join(mount: string, pattern: Pattern): string {
  const path = String(pattern)
  if (path === '/') return mount || path
  return mount.endsWith('/') && path.startsWith('/') ? mount + path.slice(1) : mount + path
}

/** Of the alternatives of one route, the one that matched. Where the router does not say, all of them. */
function matchingPath(paths: unknown[], request: Routed): Pattern {
  const pattern = matchedPattern(request)
  return pattern !== undefined && paths.includes(pattern) ? pattern : paths.join(',')
}

/** The keys of `matchedPattern` on a request, one for each copy of the router package; the last one found comes first. */
const patternKeys: symbol[] = []

function findPatternKeys(request: Routed): void {
  for (const key of Object.getOwnPropertySymbols(request)) {
    const isNew = key.description === 'router.tracing.matchedRoute' && !patternKeys.includes(key)
    if (isNew) patternKeys.unshift(key)
  }
}

/**
 * The pattern of the part of the app that matched last. From version 2.3 on (with Express 5.3), the `router` package keeps
 * it on the request for its own tracing channel, which would cost a closure per handler.
 */
function matchedPattern(request: Routed): Pattern | undefined {
  if (patternKeys.length === 0) findPatternKeys(request)
  for (const key of patternKeys) {
    const pattern = (request as unknown as Record<symbol, unknown>)[key]
    if (isPattern(pattern)) return pattern
  }
  return undefined
}

/**
 * For routers before 2.3 (and Express 4), which do not keep the pattern of a mount: `/users/42` with
 * `{ userId: '42' }` is `/users/:userId`. Looks from the end, because fixed segments tend to come first.
 */
function withParameters(path: string, params: unknown): string {
  const segments = path.split('/')
  let end = segments.length
  for (const [name, value] of Object.entries(params ?? {}).reverse()) {
    if (typeof value !== 'string' || value === '') continue
    const before = segments.slice(0, end).map(decoded)
    const whole = before.lastIndexOf(value)
    const at = whole >= 0 ? whole : before.findLastIndex((segment) => segment.includes(value))
    if (at < 0) continue
    segments[at] = before[at]?.replace(value, () => `:${name}`) ?? ''
    end = at
  }
  return segments.join('/')
}

function isPattern(value: unknown): value is Pattern {
  return typeof value === 'string' || value instanceof RegExp
}

type Dispatch = (request: Routed, response: ServerResponse, done: (error?: unknown) => void) => unknown

const watched = new WeakSet<object>()

/**
 * Forgets a route whose handlers pass the request on before they answer it: another part of the app will. Express 4 has
 * bound `dispatch` when the route was made, so that there such a route keeps the request's name.
 */
function watchDispatch(route: object): void {
  const prototype = Object.getPrototypeOf(route) as { dispatch?: Dispatch } | null
  if (!prototype || watched.has(prototype)) return
  watched.add(prototype)
  const { dispatch } = prototype
  if (typeof dispatch !== 'function') return
  let isFirst = true
  prototype.dispatch = function (request, response, done) {
    if (isFirst) findPatternKeys(request)
    isFirst = false
    return dispatch.call(this, request, response, (error) => {
      const isPassedOn = !error || error === 'router'
      if (isPassedOn && !response.headersSent) routingOf(request).template = undefined
      done(error)
    })
  }
}
