import { expect, test } from 'vitest'
import { segmentDetail, spanDetail } from './row-detail.ts'

const span = (name: string, attributes: Record<string, string | number>, kind = 'CLIENT') =>
  spanDetail({ name, kind, attributes })
const subsegment = (name: string, fields: Record<string, unknown>, isSubsegment = true) =>
  segmentDetail({ name, fields, isSubsegment })

test.each([
  ['today’s names', { 'http.request.method': 'GET', 'url.full': 'http://127.0.0.1:4568/api/profiles?a=1' }],
  ['the names before', { 'http.method': 'GET', 'http.url': 'http://127.0.0.1:4568/api/profiles?a=1' }],
])('a call shows its path and status, not its method and host a second time: %s', (_, attributes) => {
  const { text, shape, status } = span('GET 127.0.0.1', { ...attributes, 'http.response.status_code': 404 })
  expect([text, shape, status]).toEqual(['/api/profiles?a=1', 'GET /api/profiles', 404])
})

test('a call shows its method and host where the name has neither', () => {
  const attributes = { 'http.request.method': 'POST', 'url.full': 'https://pay.example/charge' }
  expect(span('HTTP request', attributes).text).toBe('POST pay.example/charge')
})

test('a served request shows its path where the name has the route, and nothing where it has the path', () => {
  const attributes = {
    'http.request.method': 'GET',
    'http.route': '/api/activities/@:handle',
    'url.path': '/api/activities/@andrew',
    'url.query': 'limit=2',
  }
  expect(span('GET /api/activities/@:handle', attributes, 'SERVER')).toMatchObject({
    text: '/api/activities/@andrew?limit=2',
    shape: 'GET /api/activities/@:handle',
  })
  expect(span('GET', attributes, 'SERVER')).toMatchObject({
    text: '/api/activities/@andrew?limit=2',
    route: '/api/activities/@:handle',
  })
  expect(span('GET /health', { 'http.request.method': 'GET', 'http.target': '/health' }, 'SERVER').text).toBe(
    '',
  )
})

test('a served request whose name has its path shows the query only', () => {
  const attributes = { 'http.request.method': 'GET', 'url.path': '/api/profiles', 'url.query': 'handle=a' }
  expect(span('GET /api/profiles', attributes, 'SERVER').text).toBe('?handle=a')
})

test.each(['db.query.text', 'db.statement'])(
  'a query shows its text on one line, without its columns: %s',
  (name) => {
    const query = 'SELECT uuid, handle,\n   message\nFROM activities\n  WHERE uuid = $1'
    expect(span('pg.query:SELECT cruddur', { [name]: query }).text).toBe(
      'SELECT … FROM activities WHERE uuid = $1',
    )
    const nested = 'SELECT extract(epoch FROM created_at) FROM activities'
    expect(span('pg.query', { [name]: nested }).text).toBe('SELECT … FROM activities')
  },
)

test('a detail has no escapes, unless it cannot be read', () => {
  const text = (url: string) =>
    span('GET', { 'http.request.method': 'GET', 'url.full': `http://127.0.0.1/p?${url}` }).text
  expect(text('handles=maya%2Carne')).toBe('127.0.0.1/p?handles=maya,arne')
  expect(text('handles=%E0%A4%A')).toBe('127.0.0.1/p?handles=%E0%A4%A')
})

test('a title has the route that a span of the trace names, and the host unless that is this machine', () => {
  const title = (url: string) =>
    spanDetail(
      { name: 'GET', kind: 'CLIENT', attributes: { 'http.request.method': 'GET', 'url.full': url } },
      (path) => path.replace(/[^/]+$/, ':handle'),
    ).title
  expect(title('http://127.0.0.1:4568/p/maya?x=1')).toBe('GET /p/:handle')
  expect(title('https://api.example.com:8443/p/maya')).toBe('GET api.example.com/p/:handle')
})

test('a long query is shortened in its middle', () => {
  const { text } = span('query', {
    'db.query.text': `UPDATE users SET ${'x = 1, '.repeat(9_000)} WHERE id = 7`,
  })
  expect(text).toHaveLength(300)
  expect(text).toMatch(/^UPDATE users SET x = 1.*….*x = 1/)
})

test('queries that differ in values only have one shape', () => {
  const shape = (text: string) => span('query', { 'db.query.text': text }).shape
  expect(shape("SELECT a FROM t WHERE id = 7 AND name = 'it''s'")).toBe(
    'SELECT a FROM t WHERE id = ? AND name = ?',
  )
  expect(shape('SELECT a FROM t2 WHERE id = $1')).toBe('SELECT a FROM t2 WHERE id = ?')
})

test('paths that differ in ids only have one shape', () => {
  const shape = (path: string) => span('GET', { 'http.request.method': 'GET', 'url.path': path }).shape
  for (const id of ['7', '0123456789abcdef', '3f2b8d9e-1c4a-4e5f-8a6b-7c8d9e0f1a2b'])
    expect(shape(`/users/${id}/likes`)).toBe('GET /users/:id/likes')
})

test('subsegments and segments have the same from their documents', () => {
  const http = {
    request: { method: 'GET', url: 'http://127.0.0.1:4568/api/profiles?a=1' },
    response: { status: 200 },
  }
  expect(subsegment('127.0.0.1:4568', { http })).toEqual({
    text: 'GET /api/profiles?a=1',
    route: '',
    title: 'GET /api/profiles',
    shape: 'GET /api/profiles',
    status: 200,
  })
  expect(subsegment('profiles', { http }).text).toBe('GET 127.0.0.1:4568/api/profiles?a=1')
  expect(
    subsegment('cruddur-backend', { http, annotations: { http_route: '/api/profiles' } }, false).text,
  ).toBe('GET /api/profiles?a=1')
  expect(subsegment('cruddur@localhost', { sql: { sanitized_query: 'SELECT  1' } }).text).toBe('SELECT 1')
  expect(subsegment('DynamoDB', { aws: { operation: 'GetItem', table_name: 'users' } }).text).toBe(
    'GetItem users',
  )
})

test('values of unexpected types are ignored', () => {
  expect(
    span('x', { 'db.query.text': 7, 'url.full': 'not a url', 'http.response.status_code': 'no' }),
  ).toEqual({
    text: 'not a url',
    route: '',
    title: 'not a url',
    shape: 'not a url',
    status: undefined,
  })
  expect(subsegment('x', { http: { request: 5, response: null }, sql: [] })).toEqual({
    text: '',
    route: '',
    title: '',
    shape: '',
    status: undefined,
  })
})
