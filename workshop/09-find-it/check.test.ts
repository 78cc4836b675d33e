import { expect, test } from 'vitest'
import type { SpanEvidence, TraceEvidence } from '../../contracts/evidence.ts'
import type { Planting } from '../../contracts/planting.ts'
import { check, logged, trace } from '../test-evidence.ts'
import {
  HOME,
  judge,
  name,
  type Options,
  PLANTED_AT,
  planting,
  request,
  SICK,
  WHOM,
} from './test-requests.ts'

test('before the first planting, and with too few faults, the check says what to plant', async () => {
  expect(await judge({}, { planting: () => undefined, plantedFaults: [] })).toContain(
    '"what":"No fault is planted."',
  )
  expect(await judge({}, { planting: () => ({ ...planting, letters: ['d'] }) })).toContain(
    'Only one fault is planted, by name',
  )
  expect(await judge({}, { requests: async () => [] })).toContain('No request has come since you planted.')
  expect(await judge({}, { requests: async () => [logged({ isKept: false })] })).toContain(
    '1 came, 0 were kept.',
  )
  const apiState = async () => 'stopped' as const
  expect(await judge({}, { requests: async () => [], apiState })).toContain('The api does not run.')
})

const id = (digit: string) => digit.repeat(32)
const REMOVED_AT = PLANTED_AT + 60_000
const three: Planting = { ...planting, letters: ['a', 'd', 'g'], unplantedAt: REMOVED_AT }
const answers = {
  'pool-wait': `${id('c')}/culprit`,
  'slow-query': `${id('a')}/culprit`,
  'slow-cohort': `${id('b')}/culprit`,
  'slow-cohort-for': WHOM,
}
const later = { startMs: REMOVED_AT + 1_000 }
const stored: Record<string, readonly SpanEvidence[]> = {
  [id('a')]: SICK['slow-query'],
  [id('b')]: SICK['slow-cohort'],
  [id('c')]: SICK['pool-wait'],
  [id('d')]: [request('/api/activities/search', later)],
  [id('e')]: [request(HOME, later)],
}
const read = async (traceId: string): Promise<TraceEvidence> => ({ ...trace(stored[traceId] ?? []), traceId })
const line = (digit: string, path: string, isKept = true) =>
  logged({ traceId: id(digit), path, isKept, atMs: REMOVED_AT + 1_010 })

/** The check after all three faults were found and removed. `came`: the requests since. */
function finish(came: readonly ReturnType<typeof line>[], fields: Options = {}) {
  const before = ['a', 'b', 'c'].map((digit) => logged({ traceId: id(digit), atMs: PLANTED_AT + 10_100 }))
  return check(9, {
    answers,
    planting: () => three,
    trace: read,
    requests: async (_method, path) => [...came, ...before].filter((one) => path.test(one.path)),
    ...fields,
  })
}

test('faults tick in the order in which they are found', async () => {
  const result = JSON.parse(await finish([]))
  expect(result.met[0].saw).toBe('3 were planted, of eight kinds')
  expect(
    result.met.map((one: { name: string; saw: string }) => `${one.name}: ${one.saw.split(' ')[0]}`),
  ).toEqual([
    'faults are planted: 3',
    'requests have come since: their',
    'first fault found: pool-wait',
    'second fault found: slow-query',
    'every fault found: slow-cohort',
    'the faults are removed: no',
  ])
})

test('it ends with a comparison of each fault', async () => {
  const still = { planting: () => ({ ...three, unplantedAt: undefined }), plantedFaults: three.letters }
  expect(await finish([], still)).toContain('All are found, and they are still planted.')
  expect(await finish([])).toContain(
    'No request of /api/activities/home has come since you removed the faults.',
  )
  expect(await finish([line('e', HOME)])).toContain('No request of /api/activities/search has come')
  const search = '/api/activities/search'
  expect(await finish([line('e', HOME), line('d', search, false)])).toContain(
    `1 of ${search} came since you removed the faults, and none was kept`,
  )
  const passed = await finish([line('e', HOME), line('d', search)])
  expect(passed).toContain(`slow-query: http://page.test/compare?a=${id('d')}&b=${id('a')}`)
  expect(passed).toContain(`slow-cohort: http://page.test/compare?a=${id('e')}&b=${id('b')}`)
  expect(passed).toMatch(/^passed/)
})

test('a trace from before the removal, or with a fault, is no healthy one', async () => {
  for (const healthy of [
    SICK['pool-wait'],
    [request(HOME, { startMs: REMOVED_AT - 1 })],
    [request(HOME, { ...later, status: 500 })],
  ]) {
    const fields = {
      trace: async (traceId: string) => (traceId === id('e') ? trace(healthy) : read(traceId)),
    }
    expect(await finish([line('e', HOME), line('d', '/api/activities/search')], fields)).toContain(
      'no healthy one has arrived',
    )
  }
})

test('faults that were removed too early can be planted again', async () => {
  expect(
    await judge(name('pool-wait', 'culprit'), { spans: SICK['pool-wait'], plantedFaults: [] }),
  ).toContain('The faults were removed before you had found all of them: 1 of 8.')
})

test('where no provider returns spans, accepted traces count and the rest is not checked', async () => {
  const modes = { honeycomb: 'live', xray: 'off', rollbar: 'off' } as const
  const state = { honeycomb: 'accepted', xray: 'off', rollbar: 'off' } as const
  const text = await finish([], { modes, trace: async (traceId) => ({ ...trace([], { state }), traceId }) })
  expect(text).toMatch(/^passed: .*not checked: live Honeycomb returns no spans/)
})
