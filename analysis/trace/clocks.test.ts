import { expect, test } from 'vitest'
import type { LensSegment, LensSpan } from '../../contracts/sandbox/lenses.ts'
import { clockOffsets } from './clocks.ts'

/** id, service, parent's id, start and end in ms */
type Call = readonly [id: string, service: string, parentId: string, startMs: number, endMs: number]

const offsets = (...calls: readonly Call[]) => {
  const spans = calls.map(([id, service, parentId, startMs, endMs]) => ({
    id,
    service,
    parentId,
    startMs,
    endMs,
  }))
  return clockOffsets({ spans: spans as unknown as LensSpan[], segments: [] }).map(
    ({ service, side, of, leastMs, mostMs, ids }) =>
      `${service} ${side} ${of} ${leastMs} ${mostMs} ${ids.join()}`,
  )
}

test.each<[string, readonly Call[], readonly string[]]>([
  [
    'calls that fit',
    [
      ['a', 'api', '', 0, 100],
      ['b', 'profiles', 'a', 10, 90],
    ],
    [],
  ],
  [
    'a call within the tolerance',
    [
      ['a', 'api', '', 0, 100],
      ['b', 'profiles', 'a', -0.5, 90],
    ],
    [],
  ],
  [
    'a clock that is behind',
    [
      ['a', 'api', '', 0, 100],
      ['b', 'profiles', 'a', -1_190, -1_110],
    ],
    ['profiles behind api 1190 1210 b'],
  ],
  [
    'several calls, which bound it together',
    [
      ['a', 'api', '', 0, 100],
      ['b', 'profiles', 'a', -1_190, -1_110],
      ['c', 'api', '', 200, 300],
      ['d', 'profiles', 'c', -998, -904],
    ],
    ['profiles behind api 1198 1204 b,d'],
  ],
  [
    'a clock that is ahead',
    [
      ['a', 'api', '', 0, 100],
      ['b', 'profiles', 'a', 510, 590],
      ['c', 'api', '', 200, 300],
      ['d', 'profiles', 'c', 710, 790],
    ],
    ['profiles ahead api 490 510 b,d'],
  ],
  [
    'one late call, for which the caller may not have waited',
    [
      ['a', 'api', '', 0, 100],
      ['b', 'jobs', 'a', 110, 190],
    ],
    [],
  ],
  [
    'a call that is longer than its caller',
    [
      ['a', 'api', '', 0, 10],
      ['b', 'jobs', 'a', -5, 500],
    ],
    [],
  ],
  [
    'calls of two machines, which no offset fits',
    [
      ['a', 'api', '', 0, 100],
      ['b', 'profiles', 'a', -1_190, -1_110],
      ['c', 'profiles', 'a', 10, 90],
    ],
    [],
  ],
  [
    'the same service',
    [
      ['a', 'api', '', 0, 100],
      ['b', 'api', 'a', -50, -10],
    ],
    [],
  ],
  ['a record that is its own parent', [['a', 'api', 'a', 0, 100]], []],
])('%s', (_, calls, expected) => expect(offsets(...calls)).toEqual(expected))

test('segments count where there are no spans; a subsegment is of its segment’s service', () => {
  const part = (
    id: string,
    parentId: string,
    name: string,
    document: number,
    times: readonly [number, number | null],
  ) =>
    ({
      id,
      parentId,
      name,
      document,
      isSubsegment: id === 's',
      startMs: times[0],
      endMs: times[1],
    }) as LensSegment
  const segments = [
    part('a', '', 'api', 0, [0, 100]),
    part('s', 'a', 'profiles.internal', 0, [5, 95]),
    part('b', 's', 'profiles', 1, [-40, 40]),
    part('c', 's', 'later', 2, [-40, null]),
  ]
  expect(clockOffsets({ spans: [], segments })).toEqual([
    { service: 'profiles', side: 'behind', of: 'api', leastMs: 45, mostMs: 55, ids: ['b'] },
  ])
})
