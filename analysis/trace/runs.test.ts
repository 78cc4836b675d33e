import { expect, test } from 'vitest'
import { ownCpuMs } from '../../tests/harness/cpu.ts'
import { spanRow } from '../../tests/harness/span-row.ts'
import { linkRows } from './row-links.ts'
import { placeRows, type Row } from './rows.ts'
import { revealing, visibleRows, withRuns } from './runs.ts'

const row = (id: string, parentId: string, label: string, { startMs = 0, ...more }: Partial<Row> = {}) =>
  spanRow(id, parentId, startMs, startMs + 2, { label, ...more })

const like = (count: number, label: string, parentId = 'root', from = 0): Row[] =>
  Array.from({ length: count }, (_, index) =>
    row(`${label}${index}`, parentId, label, { startMs: from + index }),
  )
const root = row('root', '', 'root', { endMs: 100 })
const shown = (rows: readonly Row[], toggled: readonly string[] = []) =>
  visibleRows(withRuns(placeRows(linkRows(rows))), new Set(toggled)).map(
    ({ label, depth }) => `${depth} ${label}`,
  )

test('three like siblings collapse, two stay as they are', () => {
  expect(shown([root, ...like(3, 'a'), ...like(2, 'b', 'root', 10)])).toEqual([
    '0 root',
    '1 3 × a',
    '1 b',
    '1 b',
  ])
})

test('an open run has its members one level below it, each with its children', () => {
  const rows = [root, ...like(3, 'a'), row('query', 'a1', 'query', { startMs: 1 })]
  expect(shown(rows)).toEqual(['0 root', '1 3 × a'])
  expect(shown(rows, ['run-a0'])).toEqual(['0 root', '1 3 × a', '2 a', '2 a', '3 query', '2 a'])
})

test('a run has the total, the longest and the errors of its members, and lasts from first to last', () => {
  const rows = [
    root,
    row('x', 'root', 'a', { startMs: 1, endMs: 5 }),
    row('y', 'root', 'a', { startMs: 2, endMs: 12, isError: true }),
    row('z', 'root', 'a', { startMs: 3, endMs: 4 }),
  ]
  const run = withRuns(placeRows(linkRows(rows))).find(({ kind }) => kind === 'run')
  expect(run).toMatchObject({ startMs: 1, endMs: 12, run: { totalMs: 15, maxMs: 10, errors: 1 } })
})

test('another sibling ends a run, and a log record does not', () => {
  const log = row('a0', 'a0', 'a line', {
    key: 'log-0',
    kind: 'log',
    parentId: 'root',
    startMs: 0.5,
    endMs: 0.5,
  })
  expect(shown([root, ...like(3, 'a'), log])).toEqual(['0 root', '1 3 × a', '1 a line'])
  const first = { ...log, key: 'log-1', startMs: -1, endMs: -1 }
  expect(shown([root, ...like(3, 'a'), first])).toEqual(['0 root', '1 a line', '1 3 × a'])
  const other = row('b', 'root', 'b', { startMs: 0.5 })
  expect(shown([root, ...like(3, 'a'), other])).toEqual(['0 root', '1 a', '1 b', '1 a', '1 a'])
})

test('siblings of another service or with other work are not alike; the work is the run’s name', () => {
  const detail = (shape: string) => ({
    detail: { text: '', route: '', title: shape, shape, status: undefined },
  })
  const calls = ['/a', '/a', '/a', '/b'].map((path, index) =>
    row(`call${index}`, 'root', 'GET 127.0.0.1', { startMs: index, ...detail(`GET ${path}`) }),
  )
  expect(shown([root, ...calls])).toEqual(['0 root', '1 3 × GET /a', '1 GET 127.0.0.1'])
  const services = like(3, 'a').map((one, index) => ({ ...one, service: `s${index}` }))
  expect(shown([root, ...services])).toEqual(['0 root', '1 a', '1 a', '1 a'])
})

test('roots collapse too, and runs within runs', () => {
  const rows = [...like(3, 'a', 'gone'), ...like(4, 'b', 'a1', 1)]
  expect(shown(rows)).toEqual(['0 3 × a'])
  expect(shown(rows, ['run-a0'])).toEqual(['0 3 × a', '1 a', '1 a', '2 4 × b', '1 a'])
})

test('a wanted row is revealed in a closed run and below folded rows', () => {
  const all = withRuns(
    placeRows(
      linkRows([root, ...like(3, 'a'), ...like(3, 'b', 'a1', 1), row('c', 'b1', 'c', { startMs: 3 })]),
    ),
  )
  const reveal = (toggled: ReadonlySet<string>, id: string) =>
    [...revealing(all, toggled, (row) => row.id === id)].toSorted()
  expect(reveal(new Set(), 'c')).toEqual(['run-a0', 'run-b0'])
  expect(reveal(new Set(['root', 'b1']), 'c')).toEqual(['run-a0', 'run-b0'])
  expect(reveal(new Set(['run-a0', 'a1']), 'a1')).toEqual(['a1', 'run-a0'])
  const open = new Set(['run-a0'])
  expect(revealing(all, open, ({ id }) => id === 'a1')).toBe(open)
})

test('rows of 3,000 levels and 10,000 like siblings are revealed without a walk per row', () => {
  const deep = Array.from({ length: 3_000 }, (_, index) =>
    row(`d${index}`, index ? `d${index - 1}` : '', `d${index}`),
  )
  const all = withRuns(placeRows(linkRows([...deep, ...like(10_000, 'a', 'd2999')])))
  expect(all).toHaveLength(13_001)
  const startedMs = ownCpuMs()
  expect([...revealing(all, new Set(), () => true)]).toEqual(['run-a0'])
  expect(ownCpuMs() - startedMs).toBeLessThan(2_000)
})
