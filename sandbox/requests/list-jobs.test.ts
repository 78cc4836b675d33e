import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { REQUEST_ORDERS, REQUEST_SORTS } from '../../contracts/sandbox/list-words.ts'
import type { LatencyPoints, RequestMenus } from '../../contracts/sandbox/lists.ts'
import {
  type NaiveRequest,
  naiveMatches,
  naiveOrder,
  naiveRequests,
} from '../../tests/harness/naive-requests.ts'
import {
  applyChange,
  changes,
  NAMES,
  ROUTES,
  SERVICES,
  traceIdOf,
  traceNumber,
  VALUES,
} from '../../tests/harness/random-requests.ts'
import { scaled } from '../../tests/harness/scale.ts'
import { temporaryFolder } from '../../tests/harness/temporary-folder.ts'
import { readSpans } from '../honeycomb/stored-spans.ts'
import { StoredEvents } from '../query/events/stored-events.ts'
import type { JobContext } from '../read-thread/jobs.ts'
import { type Bounds, DEFAULT_BOUNDS } from '../store/prune.ts'
import { openStore } from '../store/store.ts'
import { readCursor, writeCursor } from './cursor.ts'
import { createListJobs, type ListJob, type PageIds, type RequestQuestion } from './list-jobs.ts'
import type { PeerIds } from './peers.ts'
import type { RequestFilter } from './request-filter.ts'
import type { Ordering, Position } from './request-order.ts'

const context: JobContext = { loading: (load) => load(() => {}), check: () => {} }

async function openJobs(bounds: Bounds = DEFAULT_BOUNDS) {
  const file = join(temporaryFolder(), 'sandbox.sqlite')
  const store = openStore(file, bounds)
  const events = new StoredEvents(file)
  const answer = createListJobs(file, () => events)
  return {
    store,
    ask: <Answer>(job: ListJob) => JSON.parse(JSON.stringify(answer(job, context))) as Answer,
    /** Deletes all records, as the store does when they are too old. Rows are numbered from 1 again. */
    empty: () => {
      const database = new DatabaseSync(file)
      for (const table of ['span_chunks', 'segments', 'rollbar_occurrences', 'logs']) {
        database.exec(`DELETE FROM ${table}`)
      }
      database.exec('UPDATE traces SET pruned = 2')
      database.close()
    },
    [Symbol.dispose]: () => {
      events.close()
      store.close()
    },
  }
}
type Jobs = Awaited<ReturnType<typeof openJobs>>

/** Page by page. `between` runs after each page. */
function listAll(
  jobs: Jobs,
  question: RequestQuestion,
  ordering: Ordering,
  limit: number,
  between = () => {},
): string[] {
  const found: string[] = []
  let after: Position | undefined
  do {
    const { traceIds, next }: PageIds = jobs.ask({ kind: 'request page', question, ordering, after, limit })
    expect(traceIds.length === limit || next === null).toBe(true)
    found.push(...traceIds)
    after = next ? readCursor(ordering, writeCursor(ordering, next)) : undefined
    between()
  } while (after)
  return found
}

const maybe = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined, freq: 1 })
const rarely = <Value>(value: fc.Arbitrary<Value>) =>
  fc.oneof({ weight: 5, arbitrary: fc.constant(undefined) }, value)
const ms = fc.integer({ min: 0, max: 12 }).map((step) => step * 125)
const filter: fc.Arbitrary<RequestFilter> = fc.record({
  sinceMs: rarely(ms.map((value) => 1_763_800_000_000 + 2 * value)),
  untilMs: rarely(ms.map((value) => 1_763_800_009_000 - 2 * value)),
  service: rarely(fc.constantFrom(...SERVICES)),
  route: rarely(fc.constantFrom(...ROUTES)),
  error: rarely(fc.boolean()),
  statusClass: rarely(fc.constantFrom(2, 4, 5)),
  minMs: rarely(ms),
  maxMs: rarely(ms.map((value) => 1_500 - value / 2)),
  has: rarely(fc.constantFrom('honeycomb', 'xray', 'rollbar')),
  lacks: rarely(fc.constantFrom('honeycomb', 'xray', 'rollbar')),
  traceIds: rarely(fc.array(traceNumber.map(traceIdOf), { maxLength: 8 })),
})
const word = fc.oneof(
  fc.constantFrom(
    ...VALUES,
    ...NAMES,
    ...SERVICES,
    'user',
    'plan',
    'user.plan',
    'broke',
    'cache',
    'table',
    'gold',
  ),
  fc.constantFrom(
    'plan=pro',
    'route:/api',
    'user.id=maya',
    'attempt=7',
    'attempt:7',
    'attempt=70',
    'trial',
    '50',
    'nobody',
  ),
  fc.constantFrom(
    'plan=pr',
    'plan:pr',
    'default.note.plan=gold',
    'service.name=api',
    'http.response.status_code=500',
  ),
)
const text = maybe(fc.array(word, { minLength: 1, maxLength: 2 }).map((words) => words.join(' ')))
const ordering: fc.Arbitrary<Ordering> = fc.record({
  sort: fc.constantFrom(...REQUEST_SORTS),
  order: fc.constantFrom(...REQUEST_ORDERS),
})
/** Whether all records are deleted, some changes, and questions. */
const step = fc.record({
  arrives: changes,
  empties: fc.boolean(),
  asked: fc.array(fc.record({ filter, text, ordering, limit: fc.integer({ min: 1, max: 6 }) }), {
    minLength: 1,
    maxLength: 6,
  }),
})

test('pages, menus, the chart and peers are those of a naive evaluation, whatever arrives and is deleted in between', async () => {
  const small = { ...DEFAULT_BOUNDS, maxSpans: 12, maxSegments: 9, maxOccurrences: 4, maxLogs: 5 }
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 5 }), async (steps) => {
      using jobs = await openJobs(small)
      for (const { arrives, empties, asked } of steps) {
        if (empties) jobs.empty()
        for (const change of arrives) await applyChange(jobs.store, change, Date.now())
        await jobs.store.prune()
        const all = naiveRequests(jobs.store)
        for (const { filter, text, ordering, limit } of asked) {
          const question = { filter, text, xray: {} }
          const wanted = all.filter((request) => naiveMatches(request, filter, text))
          const expected = naiveOrder(wanted, ordering.sort, ordering.order).map(({ traceId }) => traceId)
          expect(listAll(jobs, question, ordering, limit)).toEqual(expected)
          expect(jobs.ask<LatencyPoints>({ kind: 'latency points', question }).matching).toBe(wanted.length)
          expectMenus(jobs.ask({ kind: 'request menus', question }), all, filter, text)
        }
        // More words than one mask has bits for.
        const texts = Array.from({ length: 20 }, (_, index) => asked[index % asked.length]?.text ?? 'api')
        expectWords(jobs, all, texts)
        for (const request of all.slice(0, 3)) expectPeers(jobs, request, all)
      }
    }),
    // A counterexample is printed as small as it has become by then, instead of the test's timeout.
    {
      numRuns: scaled(15, 300),
      interruptAfterTimeLimit: scaled(15_000, 100_000),
      markInterruptAsFailure: true,
    },
  )
})

function expectWords(jobs: Jobs, all: readonly NaiveRequest[], texts: readonly string[]): void {
  // Of a span that was sent twice with other attributes, words of the first are found too.
  const isSentOnce = ({ traceId }: NaiveRequest) => {
    const ids = [...jobs.store.spans.ofTrace(traceId)].flatMap((chunk) =>
      readSpans([chunk]).map(({ spanId }) => spanId),
    )
    return new Set(ids).size === ids.length
  }
  const some = all
    .filter((request, index) => index % 3 !== 0 && isSentOnce(request))
    .map(({ traceId }) => traceId)
  const found = jobs.ask<string[][]>({ kind: 'traces with words', texts, traceIds: some })
  const expected = texts.map((text) =>
    all.filter((request) => some.includes(request.traceId) && naiveMatches(request, {}, text)),
  )
  expect(found.map((ids) => ids.toSorted())).toEqual(
    expected.map((requests) => requests.map(({ traceId }) => traceId).toSorted()),
  )
}

test('after more replaced segments than the store notes, all traces are read again', async () => {
  using jobs = await openJobs()
  const { store } = jobs
  const put = (number: number, endS: number | null) =>
    store.segments.put(
      {
        traceId: traceIdOf(number),
        id: '1'.repeat(16),
        parentId: null,
        name: 'api',
        startS: 1_763_800_000,
        endS,
        isInProgress: endS === null,
        isError: false,
        document: '{}',
      },
      Date.now(),
    )
  const durations = () => {
    const question = { filter: { minMs: 1_000 }, xray: {} }
    return jobs.ask<LatencyPoints>({ kind: 'latency points', question }).points.map(([, ms]) => ms)
  }
  await store.write(() => {
    for (const number of [1, 2]) {
      store.traces.touch(traceIdOf(number), 1_763_800_000_000, 1_763_800_000_000)
      put(number, null)
    }
  })
  expect(durations()).toEqual([])
  await store.write(() => {
    put(1, 1_763_800_003)
    for (let update = 0; update <= 10_000; update++) put(2, 1_763_800_004)
  })
  expect(durations()).toEqual([3_000, 4_000])
})

function expectMenus(
  menus: RequestMenus,
  all: readonly NaiveRequest[],
  { service, route, ...others }: RequestFilter,
  text: string | undefined,
): void {
  /** Names that only requests without a match have are there too, with 0. */
  const counted = (names: readonly string[], stored: readonly string[]) =>
    [...new Set(stored.filter(Boolean))]
      .map((name) => ({ name, count: names.filter((other) => other === name).length }))
      .sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1))
  const ofRoute = all.filter((request) => naiveMatches(request, { ...others, route }, text))
  const ofService = all.filter((request) => naiveMatches(request, { ...others, service }, text))
  const matching = ofRoute.filter((request) => ofService.includes(request))
  const durations = matching.map(({ durationMs }) => durationMs).sort((a, b) => a - b)
  expect(menus).toMatchObject({
    services: counted(
      ofRoute.flatMap(({ services }) => services),
      all.flatMap(({ services }) => services),
    ),
    routes: counted(
      ofService.map(({ name }) => name),
      all.map(({ name }) => name),
    ),
    matching: matching.length,
    p95Ms: durations[Math.ceil(0.95 * durations.length) - 1] ?? 0,
    longestMs: durations.at(-1) ?? 0,
    isComplete: true,
    stored: all.length,
  })
}

function expectPeers(
  jobs: Jobs,
  { traceId, name, durationMs: ownMs }: NaiveRequest,
  all: readonly NaiveRequest[],
): void {
  const peers = jobs.ask<PeerIds>({ kind: 'trace peers', traceId })
  const same = all.filter((request) => request.name === name).sort((a, b) => a.durationMs - b.durationMs)
  const rank = (share: number) => same[Math.ceil(share * same.length) - 1]?.durationMs ?? Number.NaN
  const others = same.filter((request) => request.traceId !== traceId)
  const newest = naiveOrder(others, 'start', 'desc')
  const faster = newest.filter(({ durationMs }) => durationMs < ownMs)
  const slower = newest.filter(({ durationMs }) => durationMs > ownMs)
  expect(peers).toEqual({
    route: name,
    count: others.length,
    p50Ms: rank(0.5),
    p95Ms: rank(0.95),
    fast: faster.find(({ durationMs, error }) => !error && durationMs <= rank(0.25))?.traceId ?? null,
    slow: slower.find(({ durationMs }) => durationMs >= rank(0.95))?.traceId ?? null,
  })
}
