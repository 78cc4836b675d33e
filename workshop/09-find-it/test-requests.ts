import type { SpanEvidence } from '../../contracts/evidence.ts'
import { type Fault, type FaultKind, planFaults } from '../../contracts/planted-faults.ts'
import type { Planting } from '../../contracts/planting.ts'
import type { CheckContext } from '../context.ts'
import { check, inner, logged, span, TRACE, trace } from '../test-evidence.ts'

// Requests for the tests of chapter 9, made by hand: one with each fault, and a healthy one.

export const PLANTED_AT = 1_790_000_000_000
const LETTERS: Fault[] = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']
export const planting: Planting = { letters: LETTERS, seed: '', round: 0, plantedAt: PLANTED_AT }
const FAULTS = new Map(planFaults(LETTERS, '').map((fault) => [fault.kind, fault]))
const markOf = (kind: FaultKind) => FAULTS.get(kind)?.culprit ?? { as: 'span' as const }

const USER = { 'app.user.plan': 'team', 'app.user.region': 'ap-south', 'app.client.version': '2.4.0' }
export const START = { startMs: PLANTED_AT + 10_000 }

export function request(route: string, fields: Partial<SpanEvidence> = {}) {
  const attributes = { 'http.route': route, 'url.path': route, ...USER }
  return span('root', { ...START, durationMs: 100, attributes, ...fields })
}
const query = (id: string, statement: string, durationMs: number) =>
  inner(id, { ...START, statement, durationMs })
export function call(id: string, path = '', status = 200, fields: Partial<SpanEvidence> = {}) {
  const { attributes, ...rest } = fields
  return inner(id, {
    ...{ ...START, name: 'GET', isCall: true, status },
    ...{ attributes: { 'url.path': path, 'url.query': 'handles=maya', ...attributes }, ...rest },
  })
}
const callee = (id: string, parentId: string, path = '', attributes = {}) =>
  span(id, { ...START, parentId, service: 'profiles', attributes: { 'url.path': path, ...attributes } })
const several = (path: string | undefined, status: number, isEqual: boolean) =>
  [1, 2, 3, 4].map((number) =>
    call(number === 1 ? 'culprit' : `more${number}`, path, status, {
      attributes: { 'url.query': isEqual ? 'handles=maya' : `handles=${number}` },
    }),
  )

const OWN = [query('own', 'select * from activities', 1.2), call('profiles', '/api/profiles')]
export const HOME = '/api/activities/home'

/** A request that has the fault, by which the span `culprit` is the reason. */
export const SICK: Record<FaultKind, SpanEvidence[]> = {
  'slow-query': [
    request('/api/activities/search'),
    query('culprit', markOf('slow-query').statement ?? '', 60),
    ...OWN,
  ],
  'n-plus-one': [request(HOME), ...several(markOf('n-plus-one').path, 200, false), ...OWN],
  'silent-failure': [request(HOME), call('culprit', '/api/profiles', 503), OWN[0] as SpanEvidence],
  'slow-cohort': [
    request(HOME),
    call('culprit', markOf('slow-cohort').path, 200, { durationMs: 80 }),
    ...OWN,
  ],
  'retry-storm': [request(HOME), ...several(markOf('retry-storm').path, 503, true), ...OWN],
  'broken-cache': [
    request(HOME),
    inner('culprit', {
      ...{ ...START, name: 'cache.get', durationMs: 0.1 },
      attributes: { 'app.cache.hit': false, 'app.cache.key': `rankings:ap-south:${START.startMs}` },
    }),
    call('symptom', FAULTS.get('broken-cache')?.symptom?.path, 200, { durationMs: 60 }),
    ...OWN,
  ],
  'pool-wait': [request(HOME), inner('culprit', { ...START, name: 'pool.acquire', durationMs: 60 }), ...OWN],
  'hidden-error': [
    request(HOME),
    call('caller', markOf('hidden-error').path),
    callee('culprit', 'caller', markOf('hidden-error').path, markOf('hidden-error').attributes),
    ...OWN,
  ],
}
export const WHOM = 'app.user.plan=team,app.user.region=ap-south,app.client.version=2.4.0'
/** A request on the same route as all faults but one, with spans that look like the reason for a fault. */
export const HEALTHY = [
  request(HOME),
  ...OWN,
  query('their-slow', 'select pg_sleep(1)', 90),
  call('once', '/api/badges'),
  call('failed', '/api/once', 503),
  ...['1', '2', '3'].map((id) => call(`poll${id}`, '/api/poll')),
  call('slow', '/api/large', 200, { durationMs: 90 }),
  inner('miss', {
    name: 'cache.get',
    attributes: { 'app.cache.hit': false, 'app.cache.key': 'rankings:ap-south' },
  }),
  inner('hit', {
    name: 'cache.get',
    attributes: { 'app.cache.hit': true, 'app.cache.key': 'rankings:ap-south' },
  }),
  inner('short', { name: 'pool.acquire', durationMs: 2 }),
]

export type Options = Partial<CheckContext> & { readonly spans?: readonly SpanEvidence[] }

/** What the check says of answers about one trace. */
export function judge(answers: Record<string, string>, { spans = [], ...fields }: Options = {}) {
  const planted = fields.planting?.() ?? planting
  return check(9, {
    answers,
    planting: () => planted,
    plantedFaults: planted.letters,
    plantedSeed: planted.seed,
    trace: async () => trace(spans),
    requests: async () => [logged({ atMs: PLANTED_AT + 10_100, path: HOME })],
    ...fields,
  })
}
export const name = (kind: string, id: string) => ({ [kind]: `${TRACE}/${id}` })
