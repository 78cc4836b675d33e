import { describe, expect, test } from 'vitest'
import { LensSpan, TraceLenses } from '../../contracts/sandbox/lenses.ts'
import { routesOf } from '../trace/route-finder.ts'
import { pathSpans } from './path-spans.ts'
import { compareByPath, inOrder, type Line, type Side } from './span-paths.ts'

interface SpanData {
  readonly id?: string
  readonly parentId?: string
  readonly name: string
  readonly service?: string
  readonly at: readonly [startMs: number, endMs: number]
  readonly isError?: boolean
}

let ids = 0

function traceOf(spans: readonly SpanData[]): TraceLenses {
  return TraceLenses.parse({
    traceId: 'a'.repeat(32),
    xrayTraceId: '',
    pruned: false,
    originMs: 0,
    resources: [{}],
    logs: [],
    segments: [],
    documents: 0,
    occurrences: [],
    spans: spans.map(({ id, parentId = '', name, service = 's', at: [startMs, endMs], isError }) =>
      LensSpan.parse({
        id: id ?? `made-${ids++}`,
        parentId,
        name,
        kind: 'INTERNAL',
        service,
        attributes: {},
        links: [],
        resource: 0,
        scope: '',
        startMs,
        endMs,
        status: isError ? 'ERROR' : 'UNSET',
        statusMessage: '',
        events: [],
        dropped: 0,
      }),
    ),
  })
}

function compared(a: readonly SpanData[], b: readonly SpanData[]): Line[] {
  const traces = [traceOf(a), traceOf(b)] as const
  const routeOf = routesOf(traces)
  return compareByPath(pathSpans(traces[0], 'honeycomb', routeOf), pathSpans(traces[1], 'honeycomb', routeOf))
}

const counted = (side: Side | undefined) => (side ? `${side.count}×${side.totalMs}(${side.selfMs})` : '–')
const drawn = (lines: readonly Line[]) =>
  inOrder(lines).map(
    ({ depth, name, otherName, a, b }) =>
      `${'. '.repeat(depth)}${name}${otherName ? `=${otherName}` : ''} ${counted(a)} ${counted(b)}`,
  )

const root = (name: string, ms: number): SpanData => ({ id: 'root', name, at: [0, ms] })
const child = (name: string, startMs: number, endMs: number, parentId = 'root', id?: string): SpanData => ({
  ...(id && { id }),
  parentId,
  name,
  at: [startMs, endMs],
})

describe('two traces by path', () => {
  test('siblings on one path are one line, with count, total and own time of each trace', () => {
    const a = [root('r', 100), child('q', 0, 10)]
    const b = [root('r', 200), ...[0, 1, 2].map((index) => child('q', index * 50, index * 50 + 40))]
    expect(drawn(compared(a, b))).toEqual(['r 1×100(90) 1×200(80)', '. q 1×10(10) 3×120(120)'])
  })

  test('a line that only B has is after the one that it follows there', () => {
    const a = [root('r', 9), child('x', 0, 1), child('y', 2, 3), child('z', 4, 5)]
    const b = [
      root('r', 9),
      child('first', 0, 1),
      child('x', 1, 2),
      child('new', 2, 3),
      child('newer', 3, 4),
      child('z', 5, 6),
    ]
    expect(compared(a, b)[0]?.children.map(({ name }) => name)).toEqual([
      'first',
      'x',
      'new',
      'newer',
      'y',
      'z',
    ])
  })

  test('the children of like siblings are together, and those of recursive calls are not', () => {
    const a = [
      root('f', 100),
      child('f', 0, 50, 'root', 'inner'),
      child('f', 0, 20, 'inner', 'innermost'),
      child('q', 1, 2, 'inner'),
      child('f', 60, 90, 'root', 'second'),
      child('q', 61, 63, 'second'),
    ]
    expect(drawn(compared(a, a))).toEqual([
      'f 1×100(20) 1×100(20)',
      '. f 2×80(58) 2×80(58)',
      '. . f 1×20(20) 1×20(20)',
      '. . q 2×3(3) 2×3(3)',
    ])
  })

  test('the roots of two routes are one line; orphans and cycles are lines at the top', () => {
    const a = [root('GET /a', 9), child('q', 1, 2), child('orphan', 3, 4, 'gone'), child('x', 5, 6, 'y', 'x')]
    const b = [root('GET /b', 9), child('q', 1, 3), child('y', 5, 6, 'x', 'y'), child('x', 5, 6, 'y', 'x')]
    const lines = compared(a, b)
    expect(drawn(lines)).toEqual([
      'GET /a=GET /b 1×9(8) 1×9(7)',
      '. q 1×1(1) 1×2(2)',
      'y – 1×1(0)',
      '. x – 1×1(1)',
      'orphan 1×1(1) –',
      'x 1×1(1) –',
    ])
    expect(lines.find(({ name }) => name === 'orphan')?.a?.orphans).toBe(1)
  })

  test('errors and the slowest span of each side are known', () => {
    const a = [root('r', 9), child('q', 0, 1)]
    const b = [
      root('r', 9),
      child('q', 0, 1, 'root', 'quick'),
      { ...child('q', 2, 8, 'root', 'slow'), isError: true },
    ]
    expect(compared(a, b)[0]?.children[0]).toMatchObject({
      a: { errors: 0 },
      b: { errors: 1, slowestId: 'slow' },
    })
  })

  test('without spans there is no line, with those of one trace each is only there', () => {
    expect(compared([], [])).toEqual([])
    expect(drawn(compared([], [root('r', 1)]))).toEqual(['r – 1×1(1)'])
  })
})

describe('random traces', () => {
  test.each(Array.from({ length: 40 }, (_, seed) => [seed + 1]))(
    'seed %d: as a naive evaluator has it',
    (seed) => {
      const random = randomFrom(seed)
      const [a, b] = [randomSpans(random), randomSpans(random)]
      const lines = inOrder(compared(a, b))
      const paths = new Map<Line, string>()
      for (const line of lines)
        paths.set(line, `${line.parent ? paths.get(line.parent) : ''}/${line.service}:${line.name}`)
      const table = (side: 'a' | 'b') =>
        Object.fromEntries(
          lines.flatMap((line) => {
            const { count, totalMs, selfMs, errors } = line[side] ?? { count: 0 }
            return count > 0 ? [[paths.get(line), { count, totalMs, selfMs, errors }]] : []
          }),
        )
      expect(table('a')).toEqual(naive(a))
      expect(table('b')).toEqual(naive(b))
      // The lines divide the duration of the request among them.
      const criticalMs = lines.reduce((sum, line) => sum + (line.b?.criticalMs ?? 0), 0)
      expect(criticalMs).toBeCloseTo(b[0]?.at[1] ?? 0)
    },
  )

  test('10,000 spans in each trace, all on other paths or all on one, are compared quickly', () => {
    for (const nameOf of [(index: number) => `s${index}`, () => 's']) {
      for (const parentOf of [() => 'root', (index: number) => (index === 1 ? 'root' : `id-${index - 1}`)]) {
        const spans = Array.from({ length: 10_000 }, (_, index) =>
          index === 0
            ? root('root', 20_000)
            : child(nameOf(index), index, 20_000 - index, parentOf(index), `id-${index}`),
        )
        const [trace, other] = [traceOf(spans), traceOf(spans)]
        const before = process.cpuUsage()
        const routeOf = routesOf([trace, other])
        const lines = compareByPath(
          pathSpans(trace, 'honeycomb', routeOf),
          pathSpans(other, 'honeycomb', routeOf),
        )
        const { user } = process.cpuUsage(before)
        expect(inOrder(lines).reduce((sum, { a }) => sum + (a?.count ?? 0), 0)).toBe(10_000)
        // Microseconds. Loose, so that a busy machine passes: an idle one needs less than 200 ms for both.
        expect(user).toBeLessThan(1_500_000)
      }
    }
  })
})

/** mulberry32: the same numbers for the same seed. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * below)
  }
}

/** A root of 100 ms with spans at any depth below it, which may outlast their parents or begin before them. */
function randomSpans(random: (below: number) => number): SpanData[] {
  const spans: (SpanData & { id: string })[] = [{ id: '0', name: 'root', at: [0, 100] }]
  for (let index = 1; index < 40; index++) {
    const parent = spans[random(spans.length)]
    const startMs = random(99)
    spans.push({
      id: String(index),
      parentId: parent?.id ?? '',
      name: 'abc'[random(3)] ?? '',
      service: 'xy'[random(2)] ?? '',
      at: [startMs, Math.min(99, startMs + random(30))],
      isError: random(5) === 0,
    })
  }
  return spans
}

/** By definition: each span's path by its parents, and its own time millisecond by millisecond. */
function naive(spans: readonly SpanData[]) {
  const pathOf = ({ parentId, service = 's', name }: SpanData): string => {
    const parent = spans.find(({ id }) => id === parentId)
    return `${parent ? pathOf(parent) : ''}/${service}:${name}`
  }
  const table: Record<string, { count: number; totalMs: number; selfMs: number; errors: number }> = {}
  for (const span of spans) {
    const line = table[pathOf(span)] ?? { count: 0, totalMs: 0, selfMs: 0, errors: 0 }
    table[pathOf(span)] = line
    line.count++
    line.errors += span.isError ? 1 : 0
    line.totalMs += span.at[1] - span.at[0]
    for (let ms = span.at[0]; ms < span.at[1]; ms++) {
      const isChilds = spans.some(({ parentId, at }) => parentId === span.id && at[0] <= ms && ms < at[1])
      if (!isChilds) line.selfMs++
    }
  }
  return table
}
