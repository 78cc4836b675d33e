import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Activities, Activity } from './activities.ts'
import { createApi } from './app.ts'
import type { Messages } from './messages.ts'

const POST: Activity = {
  uuid: '0c9d7f52-6a0f-4a7e-9a5e-3f0e8a3b6d01',
  handle: 'maya',
  message: 'Hello',
  likes_count: 0,
  replies_count: 0,
  reply_to: null,
  created_at: '2026-01-01T00:00:00.000Z',
  expires_at: '2026-01-08T00:00:00.000Z',
}
const UNKNOWN = 'ffffffff-ffff-4fff-8fff-ffffffffffff'

const calls: unknown[][] = []
const reported: unknown[] = []
const missing = new Set<string>()
const note = <Result>(result: Result, ...call: unknown[]): Promise<Result> => {
  calls.push(call)
  return Promise.resolve(result)
}

const activities: Activities = {
  home: () => note([POST], 'home'),
  notifications: (handle) => note([], 'notifications', handle),
  search: (term) => note([POST], 'search', term),
  of: (handle) => note([], 'of', handle),
  find: (uuid) => note(uuid === POST.uuid ? POST : undefined, 'find', uuid),
  repliesTo: (uuid) => note([{ ...POST, handle: 'ines', reply_to: uuid }], 'repliesTo', uuid),
  create: (post) => note({ ...POST, message: post.message }, 'create', post),
  reply: (post) => note(post.to === POST.uuid ? { ...POST, reply_to: post.to } : undefined, 'reply', post),
}
const sent = { uuid: UNKNOWN, handle: 'maya', message: 'Hi', created_at: POST.created_at }
const messages: Messages = {
  groups: (handle) => note([], 'groups', handle),
  between: (handle, other) => note([sent], 'between', handle, other),
  create: (message) => note(sent, 'message', message),
}
const need = (name: string) => () =>
  missing.has(name) ? Promise.reject(new Error('gone')) : Promise.resolve()

const app = createApi({
  telemetry: {
    report: () => ({ service: 'cruddur-backend' }) as never,
    reportError: (error) => {
      reported.push(error)
      return 'uuid-of-rollbar'
    },
  },
  profiles: {
    displayNames: async (handles) => new Map(handles.map((one) => [one, one.toUpperCase()])),
    check: need('profiles'),
  },
  activities,
  messages,
  dependencies: { database: need('database'), profiles: need('profiles') },
})

const server = app.listen(0, '127.0.0.1')
let base: string

beforeAll(async () => {
  if (!server.listening) await new Promise((listening) => server.once('listening', listening))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})

beforeEach(() => {
  calls.length = 0
  reported.length = 0
  missing.clear()
})

afterAll(() => {
  server.closeAllConnections()
  server.close()
})

async function ask(path: string, init: RequestInit = {}) {
  const response = await fetch(`${base}${path}`, init)
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    location: response.headers.get('location'),
    body: await response.json(),
  }
}

const post = (path: string, body: unknown, type = 'application/json') =>
  ask(path, {
    method: 'POST',
    headers: { 'content-type': type },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })

const postBytes = (body: Uint8Array<ArrayBuffer>, encoding: string) =>
  ask('/api/activities', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'content-encoding': encoding },
    body,
  })

describe('the routes', () => {
  test.each([
    ['/api/activities/home', ['home']],
    ['/api/activities/notifications', ['notifications', 'maya']],
    ['/api/activities/search?term=%20DNS%20', ['search', 'DNS']],
    ['/api/activities/@ines', ['of', 'ines']],
    ['/api/message_groups', ['groups', 'maya']],
    ['/api/messages/@ines', ['between', 'maya', 'ines']],
  ])('GET %s', async (path, call) => {
    const { status, body } = await ask(path)
    expect(status).toBe(200)
    expect(body).toBeInstanceOf(Array)
    expect(calls).toEqual([call])
  })

  test('a post comes with its replies and the authors’ names', async () => {
    const { status, body } = await ask(`/api/activities/${POST.uuid}`)
    expect(status).toBe(200)
    expect(body).toMatchObject({
      ...POST,
      display_name: 'MAYA',
      replies: [{ reply_to: POST.uuid, display_name: 'INES' }],
    })
  })

  test('a new post belongs to the current user, expires after seven days by default, and has a location', async () => {
    const { status, location, body } = await post('/api/activities', { message: '  Hello  ' })
    expect([status, location]).toEqual([201, `/api/activities/${POST.uuid}`])
    expect(body).toMatchObject({ message: 'Hello', display_name: 'MAYA' })
    expect(calls).toEqual([['create', { handle: 'maya', message: 'Hello', ttl: '7-days' }]])
    expect((await post('/api/activities', { message: 'Hello', ttl: '1-hour' })).status).toBe(201)
  })

  test('a reply, and a message', async () => {
    expect((await post(`/api/activities/${POST.uuid}/reply`, { message: 'Yes' })).status).toBe(201)
    expect((await post('/api/messages', { handle: 'ines', message: 'Hi' })).status).toBe(201)
    expect(calls).toEqual([
      ['reply', { handle: 'maya', message: 'Yes', to: POST.uuid }],
      ['message', { from: 'maya', to: 'ines', message: 'Hi' }],
    ])
  })

  test('limits count characters, not bytes', async () => {
    expect((await post('/api/activities', { message: '🔭'.repeat(280) })).status).toBe(201)
    expect((await post('/api/activities', { message: '🔭'.repeat(281) })).status).toBe(400)
    expect((await post('/api/messages', { handle: 'ines', message: 'é'.repeat(1024) })).status).toBe(201)
  })
})

describe('a wrong request gets a problem document without a database query', () => {
  test.each([
    ['a uuid that is none', () => ask('/api/activities/nothing'), 400, 'params.uuid'],
    ['a handle that is none', () => ask('/api/activities/@No%20one'), 400, 'params.handle'],
    ['no term', () => ask('/api/activities/search'), 400, 'query.term'],
    ['an empty term', () => ask('/api/activities/search?term='), 400, 'query.term'],
    ['two terms', () => ask('/api/activities/search?term=a&term=b'), 400, 'query.term'],
    ['a broken escape in the path', () => ask('/api/activities/@%E0%A4%A'), 400, undefined],
    ['no message', () => post('/api/activities', {}), 400, 'body.message'],
    ['an empty message', () => post('/api/activities', { message: '   ' }), 400, 'body.message'],
    ['a long message', () => post('/api/activities', { message: 'x'.repeat(281) }), 400, 'body.message'],
    ['a NUL', () => post('/api/activities', { message: 'a\0b' }), 400, 'body.message'],
    ['a message that is no text', () => post('/api/activities', { message: 7 }), 400, 'body.message'],
    ['an odd ttl', () => post('/api/activities', { message: 'x', ttl: '2-days' }), 400, 'body.ttl'],
    ['a field that is not known', () => post('/api/activities', { message: 'x', likes: 9 }), 400, 'body'],
    ['a list for a body', () => post('/api/activities', []), 400, 'body'],
    ['broken JSON', () => post('/api/activities', '{"message":'), 400, undefined],
    ['another type', () => post('/api/activities', 'message=x', 'text/plain'), 415, undefined],
    [
      'an unknown charset',
      () => post('/api/activities', '{}', 'application/json; charset=x'),
      415,
      undefined,
    ],
    ['no body', () => ask('/api/activities', { method: 'POST' }), 415, undefined],
    ['17 KB', () => post('/api/activities', { message: 'x'.repeat(17_000) }), 413, undefined],
    [
      '1 MB that is 1 KB in gzip',
      () => postBytes(gzipSync(`{"message":"${'x'.repeat(2 ** 20)}"}`), 'gzip'),
      413,
      undefined,
    ],
    ['a session of no handle', () => post('/api/session', { handle: 'No one' }), 400, 'body.handle'],
    ['a session with a password', () => post('/api/session', { handle: 'ines', password: 'x' }), 400, 'body'],
    ['a session without a body', () => ask('/api/session', { method: 'POST' }), 415, undefined],
    ['a message to oneself', () => post('/api/messages', { handle: 'maya', message: 'x' }), 400, undefined],
    ['no route', () => ask('/api/nothing'), 404, undefined],
    ['another method', () => ask('/api/activities/home', { method: 'DELETE' }), 404, undefined],
  ])('%s', async (_what, send, status, at) => {
    const answer = await send()
    expect(answer).toMatchObject({
      status,
      type: 'application/problem+json; charset=utf-8',
      body: { status },
    })
    const { errors } = answer.body as { errors?: { at: string }[] }
    expect(errors?.map((one) => one.at)).toEqual(at === undefined ? undefined : [at])
    expect(calls).toEqual([])
    expect(reported).toEqual([])
  })

  test('a post that does not exist, and a reply to it', async () => {
    expect((await ask(`/api/activities/${UNKNOWN}`)).status).toBe(404)
    expect((await post(`/api/activities/${UNKNOWN}/reply`, { message: 'x' })).status).toBe(404)
  })

  test('broken JSON is not quoted back', async () => {
    const { body } = await post('/api/activities', '{"password": "hunter2"')
    expect(JSON.stringify(body)).not.toContain('hunter2')
  })
})

describe('the session', () => {
  const signIn = (body: unknown) =>
    fetch(`${base}/api/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })

  test('signs in as a user; requests with the cookie are that user’s', async () => {
    const response = await signIn({ handle: 'ines' })
    expect(response.status).toBe(200)
    const [cookie = ''] = response.headers.getSetCookie()
    expect(cookie).toBe('cruddur_session=ines; Path=/; HttpOnly; SameSite=Lax')
    expect(await response.json()).toEqual({
      handle: 'ines',
      display_name: 'Inês Carvalho',
      plan: expect.any(String),
      region: expect.any(String),
      features: {
        ranked_feed: expect.any(Boolean),
        link_previews: expect.any(Boolean),
        voice_posts: expect.any(Boolean),
      },
    })

    const headers = { cookie: 'cruddur_session=ines', 'content-type': 'application/json' }
    await ask('/api/activities/notifications', { headers })
    await ask('/api/message_groups', { headers })
    await ask('/api/messages/@arne', { headers })
    const send = (path: string, body: object) =>
      ask(path, { method: 'POST', headers, body: JSON.stringify(body) })
    await send('/api/activities', { message: 'Hello' })
    await send(`/api/activities/${POST.uuid}/reply`, { message: 'Yes' })
    await send('/api/messages', { handle: 'maya', message: 'Hi' })
    expect(calls).toEqual([
      ['notifications', 'ines'],
      ['groups', 'ines'],
      ['between', 'ines', 'arne'],
      ['create', { handle: 'ines', message: 'Hello', ttl: '7-days' }],
      ['reply', { handle: 'ines', message: 'Yes', to: POST.uuid }],
      ['message', { from: 'ines', to: 'maya', message: 'Hi' }],
    ])
  })

  test('an unknown handle is a 401, and sets no cookie', async () => {
    const response = await signIn({ handle: 'nobody' })
    expect(response.status).toBe(401)
    expect(response.headers.get('www-authenticate')).toMatch(/^Cruddur realm=/)
    expect(response.headers.getSetCookie()).toEqual([])
    expect(await response.json()).toMatchObject({ title: 'Unauthorized', status: 401 })
  })

  test('signs out', async () => {
    const response = await fetch(`${base}/api/session`, { method: 'DELETE' })
    expect(response.status).toBe(204)
    expect(response.headers.getSetCookie()).toEqual([
      'cruddur_session=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; SameSite=Lax',
    ])
  })
})

describe('the health checks', () => {
  test('alive, even if dependencies are missing', async () => {
    missing.add('database')
    expect(await ask('/health')).toMatchObject({ status: 200, body: { status: 'ok', pid: process.pid } })
  })

  test('ready, if all dependencies are available', async () => {
    expect(await ask('/health/ready')).toMatchObject({ status: 200, body: { status: 'ready', missing: [] } })
  })

  test('not ready, with the missing dependencies', async () => {
    missing.add('database').add('profiles')
    const { status, body } = await ask('/health/ready')
    expect(status).toBe(503)
    expect(body).toEqual({ status: 'not ready', missing: ['database', 'profiles'] })
  })
})
