import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ownCpuMs } from '../../../tests/harness/cpu.ts'
import { type OwnedWork, pairUp } from './pairs.ts'
import type { ServerWork } from './server-work.ts'

const WORK: ServerWork = {
  service: 'backend-flask',
  host: 'localhost',
  isNamedByHost: false,
  method: 'GET',
  path: '/api/x',
  status: 200,
  isFailed: false,
  startMs: 1_000,
  endMs: 1_100,
}

/** The slots that are paired, each as `span segment`, and those that are unclear. */
function pairsOf(spans: readonly Partial<ServerWork>[], segments: readonly Partial<ServerWork>[]) {
  const owned = (all: readonly Partial<ServerWork>[], from: number): OwnedWork[] =>
    all.map((one, index) => ({ ...WORK, ...one, slot: from + index }))
  const { pairs, unclear } = pairUp(owned(spans, 0), owned(segments, 100))
  const text = ({ span, segment }: Pick<(typeof pairs)[number], 'span' | 'segment'>) =>
    `${span.slot} ${segment.slot}`
  return { pairs: pairs.map(text).toSorted(), unclear: Array.from(unclear, text).toSorted() }
}

const none = { pairs: [], unclear: [] }
const one = { pairs: ['0 100'], unclear: [] }
const at = (startMs: number, tookMs = 10) => ({ startMs, endMs: startMs + tookMs })

describe('a span and a segment look like one request', () => {
  test.each<[string, Partial<ServerWork>, Partial<ServerWork>, object]>([
    ['with everything the same', {}, {}, one],
    ['a segment inside its span by some milliseconds', {}, { startMs: 1_003, endMs: 1_097 }, one],
    ['a busy machine', { endMs: 1_600 }, { startMs: 1_240, endMs: 1_590 }, one],
    ['a segment around its span', { startMs: 1_003, endMs: 1_097 }, {}, one],
    ['ends in either order', {}, { startMs: 1_001, endMs: 1_102 }, one],
    ['a start too far away', { endMs: 9_000 }, { startMs: 1_260, endMs: 9_000 }, none],
    ['less than half of the request', {}, { startMs: 1_060 }, none],
    ['one that begins and ends later', {}, { startMs: 1_020, endMs: 1_120 }, none],
    ['a long answer that ends later for one of the two', { endMs: 61_000 }, { endMs: 56_000 }, one],
    ['another service', {}, { service: 'profiles' }, none],
    ['a service that has no name', { service: 'unknown_service:python' }, {}, one],
    ['a service of a like name', { service: 'unknown_services' }, {}, none],
    ['another method', {}, { method: 'POST' }, none],
    ['another path', {}, { path: '/api/y' }, none],
    ['another status', {}, { status: 404 }, none],
    ['no status in the segment', {}, { status: null }, one],
    ['no status in the segment, which failed', {}, { status: null, isFailed: true }, none],
    ['no status in the span, where both failed', { status: null, isFailed: true }, { status: 500 }, one],
    ['no status in the span, where only the segment failed', { status: null }, { status: 503 }, none],
    ['dynamic naming', {}, { service: 'localhost', isNamedByHost: true }, one],
    [
      'dynamic naming by another host',
      {},
      { service: 'shop.example', host: 'shop.example', isNamedByHost: true },
      none,
    ],
    ['a name by host where the span has none', { host: '' }, { service: 'x', isNamedByHost: true }, none],
  ])('%s', (_, span, segment, expected) => expect(pairsOf([span], [segment])).toEqual(expected))
})

describe('many like requests', () => {
  test('one after the other are paired each with the nearest', () => {
    const starts = [0, 20, 40, 60, 80]
    const found = pairsOf(
      starts.map((start) => at(start)),
      starts.map((start) => at(start + 1, 8)),
    )
    expect(found).toEqual({ pairs: ['0 100', '1 101', '2 102', '3 103', '4 104'], unclear: [] })
  })

  test('of which X-Ray samples a few leave no wrong pair', () => {
    const found = pairsOf([at(0), at(20), at(40), at(60)], [at(41, 8)])
    expect(found).toEqual({ pairs: ['2 100'], unclear: [] })
  })

  test('a segment whose own span is lost is paired with none that is about as near as another', () => {
    expect(pairsOf([at(0, 60), at(2, 60)], [at(1, 60)])).toEqual({ pairs: [], unclear: ['0 100', '1 100'] })
  })

  test('at the same time are not guessed', () => {
    const same = Array.from({ length: 3 }, () => at(0))
    const { pairs, unclear } = pairsOf(same, same)
    expect(pairs).toEqual([])
    expect(unclear).toHaveLength(9)
  })

  test('where both providers sample one in ten, few others are taken for one request', () => {
    let state = 1
    const random = () => {
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
      return state / 2_147_483_648
    }
    const [spans, segments]: [OwnedWork[], OwnedWork[]] = [[], []]
    for (let slot = 1, startMs = 0; slot < 10_000; slot++) {
      startMs -= Math.log(1 - random()) * 50
      const tookMs = 5 + random() * 30
      const one = { ...WORK, startMs, endMs: startMs + tookMs }
      if (random() < 0.1) spans.push({ ...one, slot })
      const within = { startMs: startMs + random() * 2, endMs: one.endMs - random() * 2 }
      if (random() < 0.1) segments.push({ ...one, ...within, slot: -slot })
    }
    const { pairs } = pairUp(spans, segments)
    const wrong = pairs.filter(({ span, segment }) => span.slot !== -segment.slot)
    expect(pairs.length).toBeGreaterThan(70)
    expect(wrong.length / pairs.length).toBeLessThan(0.15)
  })

  test('of ten thousand at one time are read in bounded time and memory, and paired with none', () => {
    const many = (sign: number) =>
      Array.from({ length: 10_000 }, (_, index) => ({ ...WORK, slot: sign * (index + 1) }))
    const startedMs = ownCpuMs()
    const { pairs, unclear } = pairUp(many(1), many(-1))
    expect(pairs).toEqual([])
    const slots = new Set([...unclear].map(({ span }) => span.slot))
    expect(slots.size).toBe(10_000)
    expect(ownCpuMs() - startedMs).toBeLessThan(3_000)
  })

  test('one beside a cluster of like ones is still paired', () => {
    expect(pairsOf([at(0), at(0), at(200)], [at(1), at(2), at(201)]).pairs).toEqual(['2 102'])
  })
})

test('nothing is in two pairs, and the order in which records arrived does not matter', () => {
  const work = fc.record({ startMs: fc.nat(400), endMs: fc.nat(400) }).map(({ startMs, endMs }) => ({
    startMs,
    endMs: startMs + endMs,
  }))
  const many = fc.array(work, { maxLength: 8 })
  fc.assert(
    fc.property(many, many, (spans, segments) => {
      const { pairs } = pairsOf(spans, segments)
      for (const side of [0, 1]) {
        const slots = pairs.map((pair) => pair.split(' ')[side])
        expect(new Set(slots).size).toBe(slots.length)
      }
      const reversed = pairsOf(spans.toReversed(), segments.toReversed()).pairs.map((pair) => {
        const [span = 0, segment = 0] = pair.split(' ').map(Number)
        return `${spans.length - 1 - span} ${100 + segments.length - 1 - (segment - 100)}`
      })
      expect(reversed.toSorted()).toEqual(pairs)
    }),
  )
})
