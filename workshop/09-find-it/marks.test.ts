import { expect, test } from 'vitest'
import type { SpanEvidence } from '../../contracts/evidence.ts'
import type { SpanMark } from '../../contracts/span-mark.ts'
import { hasMark } from './marks.ts'

const span = (id: string, rest: Partial<SpanEvidence> = {}): SpanEvidence => ({
  ...{ id, parentId: 'home', name: 'GET', service: 'api', isServer: false, isCall: false, isSegment: false },
  ...{ startMs: 0, durationMs: 1, isError: false, status: undefined, statement: undefined, attributes: {} },
  ...{ exceptions: [], sdk: undefined, foundIn: ['honeycomb', 'xray'] },
  ...rest,
})
const call = (
  id: string,
  path: string,
  query: string | undefined,
  status = 200,
  rest: Partial<SpanEvidence> = {},
) =>
  span(id, {
    isCall: true,
    status,
    attributes: { 'url.path': path, ...(query && { 'url.query': query }) },
    ...rest,
  })
const callee = (id: string, parentId: string, path: string, attributes = {}) =>
  span(id, { parentId, isServer: true, service: 'profiles', attributes: { 'url.path': path, ...attributes } })

const judge = (mark: SpanMark, spans: readonly SpanEvidence[]) =>
  spans.filter((one) => hasMark(one, mark, { spans })).map(({ id }) => id)

test('a query is recognised by its text, whatever its duration', () => {
  const spans = [
    span('theirs', { statement: 'select 1', durationMs: 1 }),
    span('other', { statement: 'select 2', durationMs: 90 }),
    span('none', { durationMs: 90 }),
  ]
  expect(judge({ as: 'query', statement: 'select 1' }, spans)).toEqual(['theirs'])
})

test('repeated calls are told apart by whether they are equal, at the caller and at the callee', () => {
  const storm = ['1', '2', '3'].map((id) => call(id, '/presence', 'handles=maya', 503))
  const items = ['4', '5', '6'].map((id) => call(id, '/badges', `handles=${id}`))
  const spans = [...storm, ...items, callee('7', '4', '/badges'), call('8', '/profiles', 'handles=a,b')]
  const different: SpanMark = { as: 'call', path: '/badges', times: 3, calls: 'different' }
  const equal: SpanMark = { as: 'call', path: '/presence', times: 3, calls: 'equal', status: 503 }
  expect(judge(different, spans)).toEqual(['4', '5', '6', '7'])
  expect(judge(equal, spans)).toEqual(['1', '2', '3'])
  expect(judge({ ...equal, calls: 'different' }, spans)).toEqual([])
  expect(judge({ ...different, calls: 'equal' }, spans)).toEqual([])
  expect(judge({ ...different, times: 4 }, spans)).toEqual([])
  expect(
    judge(
      equal,
      spans.map((one) => ({ ...one, status: 200 })),
    ),
  ).toEqual([])
})

test('calls below other parents do not count', () => {
  const spans = ['1', '2', '3'].map((id) => call(id, '/badges', `handles=${id}`, 200, { parentId: id }))
  expect(judge({ as: 'call', path: '/badges', times: 3, calls: 'different' }, spans)).toEqual([])
})

test('without query strings, as X-Ray may return the calls, their number decides', () => {
  const spans = ['1', '2', '3'].map((id) => call(id, '/badges', undefined))
  expect(judge({ as: 'call', path: '/badges', times: 3, calls: 'different' }, spans)).toEqual(['1', '2', '3'])
})

test('an attribute of the callee marks the call too, also with X-Ray’s name of it', () => {
  const mark: SpanMark = {
    as: 'call',
    path: '/previews',
    status: 200,
    attributes: { 'app.outcome': 'quota' },
  }
  const ends = (attributes: object) => [
    call('1', '/previews', 'handles=a'),
    callee('2', '1', '/previews', attributes),
  ]
  expect(judge(mark, ends({ 'app.outcome': 'quota' }))).toEqual(['1', '2'])
  expect(judge(mark, ends({ app_outcome: 'quota' }))).toEqual(['1', '2'])
  expect(judge(mark, ends({ 'app.outcome': 'ok' }))).toEqual([])
})

test('other spans are recognised by name, attributes and duration', () => {
  const mark: SpanMark = {
    as: 'span',
    name: 'cache.get',
    attributes: { hit: false, key: /:\d+$/ },
    minMs: 10,
  }
  const look = (id: string, attributes: Record<string, unknown>, durationMs = 12) =>
    span(id, { name: 'cache.get', durationMs, attributes })
  const spans = [
    look('slow miss', { hit: false, key: 'a:1' }),
    look('hit', { hit: true, key: 'a:1' }),
    look('other key', { hit: false, key: 'a' }),
    look('fast', { hit: false, key: 'a:1' }, 9),
  ]
  expect(judge(mark, spans)).toEqual(['slow miss'])
})
