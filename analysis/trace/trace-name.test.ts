import { expect, test } from 'vitest'
import type { TraceLenses } from '../../contracts/sandbox/lenses.ts'
import { traceName } from './trace-name.ts'

type Records = Pick<TraceLenses, 'spans' | 'segments'>
const http = { request: { method: 'GET', url: 'http://localhost/api/x' } }

test.each<[string, object, string | undefined]>([
  ['nothing', {}, undefined],
  [
    'its root span',
    {
      spans: [
        { name: 'a', parentId: 'b' },
        { name: 'GET /', parentId: '' },
      ],
    },
    'GET /',
  ],
  ['its segment’s request', { segments: [{ name: 'api', parentId: '', fields: { http } }] }, 'GET /api/x'],
  ['its segment', { segments: [{ name: 'job', parentId: '', fields: {} }] }, 'job'],
  [
    'a subsegment',
    { segments: [{ name: 'call', isSubsegment: true, parentId: 'x', fields: { http } }] },
    'call',
  ],
])('a request has the name of %s', (_, records, expected) => {
  expect(traceName({ spans: [], segments: [], ...records } as unknown as Records)).toBe(expected)
})
