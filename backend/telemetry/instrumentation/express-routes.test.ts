import { once } from 'node:events'
import { createServer, IncomingMessage, request, type Server } from 'node:http'
import { createRequire } from 'node:module'
import { type AddressInfo, Socket } from 'node:net'
import { join } from 'node:path'
import { metrics } from '@opentelemetry/api'
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import express, { type RequestHandler, Router } from 'express'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Logger } from '../logs/logger.ts'
import { logRequests } from '../logs/request-log.ts'
import { routeOf } from './express-routes.ts'
import { traceIncomingHttp } from './incoming-http.ts'

const exporter = new InMemorySpanExporter()
const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] })
/** Attributes of the duration metric, and fields of the request's line in the log. */
const measured: Record<string, unknown>[] = []
const logged: Record<string, unknown>[] = []
let server: Server

beforeAll(async () => {
  metrics.setGlobalMeterProvider({
    getMeter: () => ({
      createHistogram: () => ({
        record: (_value: number, attributes: object) => measured.push({ ...attributes }),
      }),
    }),
  } as never)
  const log = (fields: object) => logged.push({ ...fields })
  server = createServer(createApp())
  logRequests(server, { info: log, warn: log, error: log } as unknown as Logger)
  traceIncomingHttp(provider.getTracer('test'), {}, { http: server, https: createServer() })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})

afterAll(async () => {
  metrics.disable()
  server.close()
  await once(server, 'close')
})

/** Fails where the query says `?fail`, before or after an asynchronous step. */
const answer: RequestHandler = async ({ query }, response) => {
  if (query.fail === 'now') throw new Error('thrown')
  if (query.fail !== undefined) {
    await new Promise(setImmediate)
    throw new Error('thrown later')
  }
  response.json({})
}
const pass: RequestHandler = (_request, _response, next) => next()

/** The router of a second copy of the package that Express uses. */
function createRouterOfAnotherCopy(): Router {
  const require = createRequire(import.meta.url)
  const files = Object.keys(require.cache).filter((file) => file.includes(join('node_modules', 'router')))
  for (const file of files) delete require.cache[file]
  const main = files.find((file) => file.endsWith(join('router', 'index.js'))) ?? ''
  return require(main)()
}

function createApp() {
  const app = express()
  app.get('/', answer)
  app.get('/plain/:id', answer)
  app.post('/plain/:id', answer)

  const items = Router().get('/', answer).get('/items/:id', answer).get('/items/', answer)
  app.use('/api', items)
  app.use('/slash/', items)
  app.use(['/one/:x', '/two'], items)
  app.use(/^\/version-\d+/, items)
  app.use('{/:language}/optional', items)
  app.use('/files/*rest/of', items)
  app.use('/@:handle', items)
  app.use('/deep', Router().use('/:tenant', Router().use('/inner', items)))
  app.use(
    '/users/:userId',
    pass,
    Router({ mergeParams: true }).get('/orders/:orderId', answer).use('/:userId/again', items),
  )
  app.use('/hidden', (incoming, outgoing, next) => items(incoming, outgoing, next))
  // Middleware whose path is the beginning of the next mount's.
  app.use('/:anything', pass)

  const other = createRouterOfAnotherCopy().get('/first/:id', answer).get(['/list', '/all'], answer)
  app.use('/copy/:number', other)

  const admin = express()
  admin.get('/users/:id', answer)
  admin.use('/reports', items)
  app.use(['/admin', '/:realm/admin'], admin)

  app.get(['/left/:id', '/right', /^\/middle-\d$/], answer)
  app.get(/^\/digits-(\d+)$/, answer)
  app.get('/splat/*path', answer)
  app.get('/maybe{/:id}', answer)
  app.get('/colon\\:escaped/:id', answer)
  app.route('/chained/:id').all(pass).get(answer).put(answer)
  app.all('/every/:id', answer)
  app.get('/query/:q', (incoming, _response, next) => {
    incoming.url = incoming.url.replace('/query', '/rewritten')
    next()
  })

  app.get('/rewritten/:id', answer)

  const checked = Router().get('/:id', answer)
  checked.param('id', (_request, _response, next, id) => {
    setImmediate(() => (id === 'bad' ? next(new Error('a parameter is bad')) : next()))
  })
  app.use('/checked/:kind', checked)

  app.get('/passed/:id', pass)
  app.get('/skipped/:id', (_request, _response, next) => next('route'), answer)
  app.use(
    '/left-router',
    Router().get('/:id', (_request, _response, next) => next('router'), answer),
  )
  app.use('/left-router', Router().get('/other', answer))
  app.get('/first/:id', pass)
  app.get('/first/second', answer)
  app.get('/static/:file', pass)
  app.use('/static', express.static(import.meta.dirname))
  app.get('/answered/:id', (_request, response, next) => {
    response.json({})
    next()
  })
  app.get('/handled/:id', (_request, response) => void response.status(404).json({}))
  app.use('/guarded', (_request, response) => void response.status(401).json({}))
  app.get('/recovers/:id', answer)
  app.use('/fails-in-middleware/:id', () => {
    throw new Error('no route')
  })

  app.use((_request, response) => void response.status(404).json({}))
  app.use(((_error, _request, response, _next) => {
    response.status(500).json({})
  }) satisfies express.ErrorRequestHandler)
  return app
}

/** The status of the response, and the route by each of the four records of it. */
async function recordOf(method: string, path: string) {
  exporter.reset()
  measured.length = 0
  logged.length = 0
  const sent = request({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', method, path })
  sent.end()
  const [response] = await once(sent, 'response')
  response.resume()
  await expect
    .poll(() => [exporter.getFinishedSpans().length, measured.length, logged.length])
    .toEqual([1, 1, 1])
  const [span] = exporter.getFinishedSpans()
  return {
    status: response.statusCode,
    name: span?.name,
    routes: [span?.attributes['http.route'], measured[0]?.['http.route'], logged[0]?.['http.route']],
  }
}

const expected = (method: string, status: number, route: string | undefined) => ({
  status,
  name: route === undefined ? method : `${method} ${route}`,
  routes: [route, route, route],
})

describe('the route of a request, alike in its name, attribute, metric and log line', () => {
  test.each([
    ['/', '/'],
    ['/plain/1', '/plain/:id'],
    ['/api', '/api'],
    ['/api/', '/api'],
    ['/api/items/1', '/api/items/:id'],
    ['/API/items/1', '/api/items/:id'],
    ['/api/items', '/api/items/'],
    ['/api/items/items', '/api/items/:id'],
    ['/api/items/a%2Fb%20c', '/api/items/:id'],
    ['/slash/items/1', '/slash/items/:id'],
    ['/slash', '/slash'],
    ['/one/1/items/1', '/one/:x/items/:id'],
    ['/one/items/items/items', '/one/:x/items/:id'],
    ['/one/one/items/one', '/one/:x/items/:id'],
    ['/two/items/2', '/two/items/:id'],
    ['/version-12/items/3', '/^\\/version-\\d+/items/:id'],
    ['/en/optional/items/1', '{/:language}/optional/items/:id'],
    ['/optional/items/1', '{/:language}/optional/items/:id'],
    ['/files/a/b/c/of/items/1', '/files/*rest/of/items/:id'],
    ['/@maya/items/1', '/@:handle/items/:id'],
    ['/deep/acme/inner/items/1', '/deep/:tenant/inner/items/:id'],
    ['/deep/inner/inner/items/inner', '/deep/:tenant/inner/items/:id'],
    ['/users/7/orders/7', '/users/:userId/orders/:orderId'],
    ['/users/users/orders/orders', '/users/:userId/orders/:orderId'],
    ['/users/1/2/again/items/3', '/users/:userId/:userId/again/items/:id'],
    ['/users/caf%C3%A9/orders/1', '/users/:userId/orders/:orderId'],
    ['/hidden/items/1', '/hidden/items/:id'],
    ['/admin/users/1', '/admin/users/:id'],
    ['/admin/reports/items/1', '/admin/reports/items/:id'],
    ['/north/admin/users/1', '/:realm/admin/users/:id'],
    ['/copy/2/first/3', '/copy/:number/first/:id'],
    ['/copy/2/all', '/copy/:number/all'],
    ['/left/1', '/left/:id'],
    ['/right', '/right'],
    ['/middle-1', '/^\\/middle-\\d$/'],
    ['/digits-123', '/^\\/digits-(\\d+)$/'],
    ['/splat/a/b/c', '/splat/*path'],
    ['/maybe', '/maybe{/:id}'],
    ['/maybe/1', '/maybe{/:id}'],
    ['/colon:escaped/1', '/colon\\:escaped/:id'],
    ['/chained/1', '/chained/:id'],
    ['/every/1', '/every/:id'],
    ['/checked/kind/good', '/checked/:kind/:id'],
    ['/first/second', '/first/second'],
    ['/query/anything', '/rewritten/:id'],
  ])('GET %s is %s, whether it succeeds or fails', async (path, route) => {
    expect(await recordOf('GET', path)).toEqual(expected('GET', 200, route))
    expect(await recordOf('GET', `${path}?fail=now`)).toEqual(expected('GET', 500, route))
    expect(await recordOf('GET', `${path}?fail=later`)).toEqual(expected('GET', 500, route))
  })

  test.each([
    ['HEAD', '/api/items/1', 200, '/api/items/:id'],
    ['POST', '/plain/1', 200, '/plain/:id'],
    ['PUT', '/chained/1', 200, '/chained/:id'],
    ['DELETE', '/every/1', 200, '/every/:id'],
    ['GET', '/checked/kind/bad', 500, '/checked/:kind/:id'],
    ['GET', '/answered/1', 200, '/answered/:id'],
    ['GET', '/handled/1', 404, '/handled/:id'],
  ])('%s %s (%i) is %s', async (method, path, status, route) => {
    expect(await recordOf(method, path)).toEqual(expected(method, status, route))
  })

  test.each([
    ['an unknown path', 'GET', '/nowhere/at/all', 404],
    ['an unknown path below a mount', 'GET', '/api/unknown', 404],
    ['a method without a route', 'DELETE', '/plain/1', 404],
    ['a HEAD without a GET', 'HEAD', '/no-such-thing', 404],
    ['an OPTIONS', 'OPTIONS', '/plain/1', 404],
    ['a route that passes the request on', 'GET', '/passed/1', 404],
    ['a route that is skipped', 'GET', '/skipped/1', 404],
    ['a router that is left', 'GET', '/left-router/1', 404],
    ['a static file', 'GET', '/static/express-routes.ts', 200],
    ['a static file that does not exist', 'GET', '/static/missing.txt', 404],
    ['middleware that answers', 'GET', '/guarded/1', 401],
    ['middleware that fails', 'GET', '/fails-in-middleware/1', 500],
    ['a parameter that cannot be decoded', 'GET', '/plain/%zz', 500],
  ])('%s has no route', async (_what, method, path, status) => {
    expect(await recordOf(method, path)).toEqual(expected(method, status, undefined))
  })

  test('requests at the same time do not mix', async () => {
    exporter.reset()
    const { port } = server.address() as AddressInfo
    const paths = ['/api/items/1?fail=later', '/users/1/orders/2?fail=later', '/nowhere', '/admin/users/1']
    await Promise.all(
      Array.from({ length: 40 }, async (_, i) =>
        (await fetch(`http://127.0.0.1:${port}${paths[i % paths.length]}`)).text(),
      ),
    )
    await expect.poll(() => exporter.getFinishedSpans().length).toBe(40)
    const names = exporter.getFinishedSpans().map(({ name }) => name)
    for (const name of [
      'GET /api/items/:id',
      'GET /users/:userId/orders/:orderId',
      'GET',
      'GET /admin/users/:id',
    ]) {
      expect(
        names.filter((one) => one === name),
        name,
      ).toHaveLength(10)
    }
  })
})

describe('with a router that does not say which pattern has matched, a mount is named by its parameters', () => {
  test.each([
    ['/users/42', { userId: '42' }, '/users/:userId'],
    ['/users/users', { userId: 'users' }, '/users/:userId'],
    ['/a/5/b/5', { x: '5', y: '5' }, '/a/:x/b/:y'],
    ['/caf%C3%A9/x', { name: 'café' }, '/:name/x'],
    ['/@maya', { handle: 'maya' }, '/@:handle'],
    ['/cost/$&', { id: '$&' }, '/cost/:id'],
    ['/%zz/1', { id: '1' }, '/%zz/:id'],
    ['/v1', { 0: '1' }, '/v:0'],
    ['/optional', { id: undefined }, '/optional'],
    ['/fixed', {}, '/fixed'],
    ['/fixed', undefined, '/fixed'],
  ])('%s with %j is %s', (baseUrl, params, template) => {
    const incoming = Object.assign(new IncomingMessage(new Socket()), {
      params,
      baseUrl,
      route: { path: '/items/:id' },
    })
    expect(routeOf(incoming)).toBe(`${template}/items/:id`)
  })

  test('the alternatives of a route are all named', () => {
    const incoming = Object.assign(new IncomingMessage(new Socket()), { route: { path: ['/a', ['/b/:id']] } })
    expect(routeOf(incoming)).toBe('/a,/b/:id')
  })
})
