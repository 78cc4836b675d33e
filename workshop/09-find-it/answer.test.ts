import { expect, test } from 'vitest'
import type { SpanEvidence } from '../../contracts/evidence.ts'
import { type FaultKind, isActive, planFaults } from '../../contracts/planted-faults.ts'
import type { Planting } from '../../contracts/planting.ts'
import { logged, span } from '../test-evidence.ts'
import {
  call,
  HEALTHY,
  HOME,
  judge,
  name,
  type Options,
  PLANTED_AT,
  planting,
  request,
  SICK,
  START,
  WHOM,
} from './test-requests.ts'

const below = (parentId: string) =>
  SICK['slow-query'].map((one) => (one.id === 'root' ? { ...one, parentId } : one))

test.each(Object.keys(SICK) as FaultKind[])('%s is found by the span that is the reason', async (kind) => {
  const whom = kind === 'slow-cohort' ? { [`${kind}-for`]: WHOM } : {}
  const text = await judge({ ...name(kind, 'culprit'), ...whom }, { spans: SICK[kind] })
  expect(text).toContain(`"name":"first fault found","saw":"${kind} in `)
  expect(text).toContain('1 of 8 found.')
})

test.each<[FaultKind, string, readonly SpanEvidence[], string]>([
  ['slow-query', 'root', SICK['slow-query'], 'right request, wrong span: that span is no query'],
  [
    'slow-query',
    'own',
    SICK['slow-query'],
    'right request, wrong span: that query is not the reason: it takes 1.2 ms of the request’s 100 ms, and is fast without the fault, too',
  ],
  ['slow-query', 'own', SICK['pool-wait'], 'slow-query: that query is not the reason: it takes 1.2 ms'],
  [
    'slow-query',
    'culprit',
    SICK['n-plus-one'],
    'for another kind: it is a call that is made 4 times with different arguments',
  ],
  ['slow-query', 'their-slow', HEALTHY, 'requests without a fault have such a span, too'],
  ['n-plus-one', 'own', SICK['n-plus-one'], 'right request, wrong span: that span is a query'],
  [
    'n-plus-one',
    'profiles',
    SICK['n-plus-one'],
    'right request, wrong span: the request makes that call once',
  ],
  [
    'n-plus-one',
    'culprit',
    SICK['retry-storm'],
    'for another kind: it is a call that is made 4 times with the same arguments, 10 ms long and answered 503',
  ],
  ['n-plus-one', 'poll1', HEALTHY, '3 times with the same arguments, so not once for each item'],
  ['n-plus-one', 'miss', HEALTHY, 'that span is no call'],
  [
    'silent-failure',
    'own',
    SICK['silent-failure'],
    'right request, wrong span: that span is no call to another service',
  ],
  [
    'silent-failure',
    'root',
    SICK['silent-failure'],
    'right request, wrong span: that call did not fail: it was answered 200',
  ],
  [
    'silent-failure',
    'culprit',
    [request(HOME, { status: 503 }), call('culprit', '/api/profiles', 503)],
    'the whole request failed (503), which shows without a trace',
  ],
  [
    'silent-failure',
    'culprit',
    SICK['retry-storm'],
    'for another kind: it is a call that is made 4 times with the same arguments',
  ],
  ['silent-failure', 'profiles', HEALTHY, 'silent-failure: that call did not fail: it was answered 200'],
  ['slow-cohort', 'root', SICK['slow-cohort'], 'right request, wrong span: that span is the request itself'],
  [
    'slow-cohort',
    'own',
    SICK['slow-cohort'],
    'right request, wrong span: that span is not the reason: it takes 1.2 ms of the request’s 100 ms',
  ],
  ['slow-cohort', 'culprit', SICK['slow-query'], 'for another kind: it is a query of 60 ms'],
  ['slow-cohort', 'slow', HEALTHY, 'requests without a fault have such a span, too'],
  ['retry-storm', 'own', SICK['retry-storm'], 'right request, wrong span: that span is no call'],
  [
    'retry-storm',
    'profiles',
    SICK['retry-storm'],
    'right request, wrong span: that call did not fail: it was answered 200',
  ],
  ['retry-storm', 'failed', HEALTHY, 'that call is made once, and not repeated'],
  [
    'retry-storm',
    'culprit',
    SICK['silent-failure'],
    'for another kind: it is a call that is made once, 10 ms long and answered 503',
  ],
  [
    'broken-cache',
    'symptom',
    SICK['broken-cache'],
    'right request, wrong span: that one only follows from the reason',
  ],
  [
    'broken-cache',
    'own',
    SICK['broken-cache'],
    'right request, wrong span: that span is no look-up in a cache',
  ],
  ['broken-cache', 'hit', HEALTHY, 'that look-up found what it looked for'],
  ['broken-cache', 'miss', HEALTHY, 'that look-up missed once, as the first one for a key does'],
  [
    'pool-wait',
    'own',
    SICK['pool-wait'],
    'right request, wrong span: that span is a query, which takes only 1.2 ms',
  ],
  ['pool-wait', 'short', HEALTHY, 'that request waited only 2.0 ms for its connection'],
  [
    'pool-wait',
    'root',
    SICK['pool-wait'],
    'right request, wrong span: that span is no wait for a connection',
  ],
  [
    'hidden-error',
    'own',
    SICK['hidden-error'],
    'right request, wrong span: that span is no call to another service',
  ],
  ['hidden-error', 'failed', HEALTHY, 'that call fails openly: it was answered 503'],
  [
    'hidden-error',
    'profiles',
    SICK['hidden-error'],
    'right request, wrong span: requests without a fault have such a span, too',
  ],
  [
    'hidden-error',
    'culprit',
    SICK['slow-cohort'],
    'for another kind: it is a call that is made once, 80 ms long and answered 200',
  ],
])('%s, named by %s: %#', async (kind, id, spans, words) => {
  const text = await judge(name(kind, id), { spans })
  expect(text).toContain(words)
  expect(text).toContain('0 of 8 found.')
})

test.each<[string, string, Options, string]>([
  [
    'an unknown trace',
    'own',
    { requests: async () => [logged({ traceId: 'b' })] },
    'no provider has this trace, and your api has not logged it',
  ],
  [
    'a trace that was not kept',
    'own',
    { requests: async () => [logged({ isKept: false }), logged({ traceId: 'b' })] },
    'the request came, and was not kept',
  ],
  ['a trace that is on its way', 'own', { requests: async () => [logged()] }, 'is on its way'],
  [
    'a trace of another service',
    'root',
    { spans: [span('root', { ...START, service: 'ada' })] },
    'the trace has no request of api',
  ],
  [
    'a trace from before',
    'root',
    { spans: [request(HOME, { startMs: PLANTED_AT - 1 })] },
    'From before you planted: slow-query.',
  ],
  [
    'another learner’s trace',
    'root',
    { spans: HEALTHY, requests: async () => [logged({ traceId: 'b', atMs: PLANTED_AT + 1 })] },
    'your api has not logged this trace: it is another learner’s',
  ],
  ['a trace without the span', 'nothing', { spans: HEALTHY }, 'the trace has no such span (of 13)'],
  [
    'a request of a job',
    'culprit',
    { spans: [span('job', { ...START, service: 'digest', isServer: false }), ...below('job')] },
    'that request is part of a trace that begins in digest',
  ],
  ['a trace alone', '', { spans: HEALTHY }, 'the span is missing'],
])('%s is told apart', async (_what, id, options, words) => {
  expect(await judge(name('slow-query', id), options)).toContain(words)
})

test('an answer about a kind that is not planted reveals nothing, and what is planted is not named', async () => {
  const few: Planting = { ...planting, letters: ['b', 'c', 'g'] }
  const options = { planting: () => few, spans: SICK['slow-query'] }
  const text = await judge(name('slow-query', 'culprit'), options)
  expect(text).toContain('slow-query: requests without a fault have such a span, too.')
  const none = await judge({}, options)
  expect(none).toContain('0 of 3 found. Look in Requests')
  expect(none).toContain('"fix":"npm run workshop -- 9 <kind>=')
  expect(JSON.parse(none).met).toMatchObject([
    { name: 'faults are planted', saw: '3 are planted, of eight kinds' },
    { name: 'requests have come since', saw: '1 came, 1 was kept' },
  ])
})

test('a span from a pause of its fault is not the reason', async () => {
  const seed = 'ada'
  const [fault] = planFaults(['g'], seed)
  if (!fault) throw new Error('There is no fault g.')
  const spansAt = (startMs = 0) => SICK['pool-wait'].map((one) => ({ ...one, startMs }))
  const at = (startMs: number | undefined) =>
    judge(name('pool-wait', 'culprit'), {
      planting: () => ({ ...planting, letters: ['a', 'c', 'g'], seed }),
      spans: spansAt(startMs),
      requests: async () => [logged()],
    })
  const isOn = (second: number) => isActive(fault, PLANTED_AT + second * 1_000)
  const seconds = [...Array(60).keys()]
  const [on, off] = [true, false].map(
    (wanted) =>
      PLANTED_AT + 1_000 * (seconds.find((one) => isOn(one) === wanted && isOn(one - 1) !== wanted) ?? 0),
  ) as [number, number]
  const pause = 'from a pause of the fault, which comes and goes'
  expect(await at(off + 1_500)).toContain(pause)
  expect(await at(on - 1_500)).toContain(pause)
  // Spans of two processes that decide by clocks of their own, and requests that wait for an affected one.
  for (const time of [on - 900, on, off - 1, off + 900]) expect(await at(time)).toContain('1 of 3 found')
})

test('the last answer is judged first, with its fix; the others are only named', async () => {
  const trace = (spans: readonly SpanEvidence[]) => ({ spans: [...spans, ...HEALTHY.slice(1)] })
  const first = { ...name('pool-wait', 'short'), ...name('n-plus-one', 'own') }
  const text = await judge({ ...first, ...name('retry-storm', 'failed') }, trace([request(HOME)]))
  expect(text).toContain(
    '0 of 8 found. retry-storm: that call is made once, and not repeated. Also not right: n-plus-one, pool-wait.',
  )
  expect(text).toContain('"fix":"On Ask, filter http.request.resend_count exists')
  const cohort = { ...name('slow-cohort', 'culprit'), ...first, 'slow-cohort-for': 'app.user.plan=team' }
  expect(await judge(cohort, { spans: SICK['slow-cohort'] })).toContain(
    '0 of 8 found. slow-cohort: that is true of every request with the fault',
  )
})

test('a span counts for the kind for which it was named last', async () => {
  const spans = SICK['retry-storm']
  const [right, wrong] = [name('retry-storm', 'culprit'), name('slow-query', 'culprit')]
  expect(await judge({ ...wrong, ...right }, { spans })).toContain('1 of 8 found. Look in Requests')
  const text = await judge({ ...right, ...wrong }, { spans })
  expect(text).toContain(
    '0 of 8 found. slow-query: that is the reason for one of your faults, but for another kind',
  )
  expect(text).toContain('The span no longer counts for retry-storm.')
  const all = Object.assign({}, ...Object.keys(SICK).map((kind) => name(kind, 'culprit')))
  expect(await judge(all, { spans })).toContain('0 of 8 found.')
})
