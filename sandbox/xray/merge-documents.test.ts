import { expect, test } from 'vitest'
import { mergeDocuments } from './merge-documents.ts'

const stored = (json: { id: string; [key: string]: unknown }) => ({
  id: json.id,
  document: ` ${JSON.stringify(json)} `,
})
const independent = (id: string, parent: string, more = {}) =>
  stored({ id, parent_id: parent, trace_id: '1', type: 'subsegment', name: id, ...more })
const merged = (...documents: ReturnType<typeof stored>[]) =>
  mergeDocuments(documents).map(({ document }) => JSON.parse(document))

test('documents without inserted subsegments are unchanged to the byte', () => {
  const documents = [stored({ id: 'a', subsegments: [{ id: 'b' }] }), stored({ id: 'c', parent_id: 'b' })]
  expect(mergeDocuments(documents)).toEqual(documents)
})

test('subsegments are inserted below their parent, at any depth and in any order of arrival', () => {
  expect(
    merged(
      independent('d', 'c'),
      independent('c', 'b', { subsegments: [{ id: 'e' }] }),
      stored({ id: 'a', name: 'a', trace_id: '1', subsegments: [{ id: 'b' }] }),
      stored({ id: 'f', parent_id: 'd' }),
    ),
  ).toEqual([
    {
      id: 'a',
      name: 'a',
      trace_id: '1',
      subsegments: [
        {
          id: 'b',
          subsegments: [{ id: 'c', name: 'c', subsegments: [{ id: 'e' }, { id: 'd', name: 'd' }] }],
        },
      ],
    },
    { id: 'f', parent_id: 'd' },
  ])
})

test('subsegments of the same parent are in the order in which they are stored', () => {
  const ids = Array.from({ length: 20 }, (_, i) => `b${i}`)
  const segment = stored({ id: 'a', subsegments: [{ id: 'first' }] })
  expect(merged(segment, ...ids.map((id) => independent(id, 'a')))).toEqual([
    { id: 'a', subsegments: [{ id: 'first' }, ...ids.map((id) => ({ id, name: id }))] },
  ])
})

test('a finished independent subsegment replaces the one in progress in its segment', () => {
  const segment = stored({ id: 'a', subsegments: [{ id: 'b', in_progress: true }, { id: 'c' }] })
  expect(merged(segment, independent('b', 'a', { end_time: 2 }))).toEqual([
    { id: 'a', subsegments: [{ id: 'c' }, { id: 'b', name: 'b', end_time: 2 }] },
  ])
})

test('the subsegments of a replaced subsegment are kept, in either order of arrival', () => {
  const segment = stored({ id: 'a', subsegments: [{ id: 'b', in_progress: true }] })
  const documents = [segment, independent('b', 'a'), independent('c', 'b')]
  const whole = [{ id: 'a', subsegments: [{ id: 'b', name: 'b', subsegments: [{ id: 'c', name: 'c' }] }] }]
  expect(merged(...documents)).toEqual(whole)
  expect(merged(...documents.toReversed())).toEqual(whole)
})

test('the embedded subsegments of a replaced subsegment are kept, with what is inserted into them', () => {
  const segment = stored({
    id: 'a',
    subsegments: [{ id: 'b', in_progress: true, subsegments: [{ id: 'c', subsegments: [{ id: 'd' }] }] }],
  })
  const [c, e, f] = [independent('c', 'b'), independent('e', 'c'), independent('f', 'd')]
  const whole = (insertedC: object) => [
    { id: 'a', subsegments: [{ id: 'b', name: 'b', subsegments: [insertedC] }] },
  ]
  const d = { id: 'd', subsegments: [{ id: 'f', name: 'f' }] }
  const inserted = { id: 'e', name: 'e' }
  for (const [documents, expected] of [
    [[segment, independent('b', 'a'), e, f], { id: 'c', subsegments: [d, inserted] }],
    [[segment, independent('b', 'a'), c, e, f], { id: 'c', name: 'c', subsegments: [d, inserted] }],
  ] as const) {
    expect(merged(...documents)).toEqual(whole(expected))
    expect(merged(...documents.toReversed())).toEqual(whole(expected))
  }
})

test('if two independent subsegments contain the same one, what is inserted into it is kept', () => {
  const documents = [
    stored({ id: 'a' }),
    independent('b', 'c', { subsegments: [{ id: 'd', end_time: 2 }] }),
    independent('c', 'a', { subsegments: [{ id: 'b', subsegments: [{ id: 'd' }] }] }),
    independent('e', 'd'),
  ]
  const d = { id: 'd', end_time: 2, subsegments: [{ id: 'e', name: 'e' }] }
  const whole = [
    {
      id: 'a',
      subsegments: [{ id: 'c', name: 'c', subsegments: [{ id: 'b', name: 'b', subsegments: [d] }] }],
    },
  ]
  expect(merged(...documents)).toEqual(whole)
  expect(merged(...documents.toReversed())).toEqual(whole)
})

test('subsegments without a known parent, or in a circle, remain documents', () => {
  const documents = [
    independent('a', 'unknown'),
    independent('b', 'c'),
    independent('c', 'b'),
    independent('d', 'd'),
    independent('e', 'c'),
  ]
  expect(mergeDocuments(documents).map(({ id }) => id)).toEqual(['a', 'b', 'c', 'd', 'e'])
})

test('embedded subsegments without an id are all kept', () => {
  const segment = stored({ id: 'a', subsegments: [{ name: 'x' }, { name: 'y' }] })
  expect(merged(segment, independent('b', 'a'))).toEqual([
    { id: 'a', subsegments: [{ name: 'x' }, { name: 'y' }, { id: 'b', name: 'b' }] },
  ])
})

/** How many levels of subsegments a document has. */
function heightOf(document: { subsegments?: object[] }): number {
  let height = 0
  let level: { subsegments?: object[] }[] = [document]
  while (level.length > 0) {
    level = level.flatMap(({ subsegments = [] }) => subsegments)
    if (level.length > 0) height++
  }
  return height
}

test('an endless chain becomes documents of a hundred levels', () => {
  const chain = Array.from({ length: 20_000 }, (_, index) => independent(String(index + 1), String(index)))
  const given = merged(stored({ id: '0' }), ...chain)
  expect(given).toHaveLength(Math.ceil(20_001 / 101))
  for (const document of given) expect(heightOf(document)).toBeLessThanOrEqual(100)
})

test('documents of many levels are put together as far as a hundred levels go', () => {
  /** Levels 0 to 49 below its own. */
  const deep = (id: number) => {
    let subsegments: object[] = []
    for (let level = id + 49; level > id; level--) subsegments = [{ id: String(level), subsegments }]
    return { subsegments }
  }
  const given = merged(
    stored({ id: '0', ...deep(0) }),
    ...Array.from({ length: 59 }, (_, i) =>
      independent(String((i + 1) * 50), String((i + 1) * 50 - 1), deep((i + 1) * 50)),
    ),
  )
  expect(given).toHaveLength(30)
  for (const document of given) expect(heightOf(document)).toBe(99)
})

test('a document that is deeper than the stack is returned as it is', () => {
  const text = `{"id":"a","subsegments":[${'{"id":"b","subsegments":['.repeat(20_000)}${']}'.repeat(20_000)}]}`
  const documents = [{ id: 'a', document: text }, independent('c', 'a')]
  expect(mergeDocuments(documents)).toEqual(documents)
})
