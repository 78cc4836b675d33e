import { describe, expect, test } from 'vitest'
import type { LensSegment, LensSpan, TraceLenses } from '../../contracts/sandbox/lenses.ts'
import { differences } from './differences.ts'

const SPAN: LensSpan = {
  id: 'a',
  parentId: '',
  name: 'GET /',
  kind: 'SERVER',
  service: 'api',
  attributes: {},
  resource: 0,
  scope: '',
  startMs: 0,
  endMs: 100,
  status: 'UNSET',
  statusMessage: '',
  events: [],
  links: [],
  dropped: 0,
}
const span = (fields: Partial<LensSpan>): LensSpan => ({ ...SPAN, ...fields })
const segment = (fields: Partial<LensSegment>): LensSegment => ({
  id: 'a',
  parentId: '',
  name: 'api',
  isSubsegment: false,
  document: 0,
  startMs: 0,
  endMs: 100,
  outcome: 'ok',
  fields: {},
  ...fields,
})

function differencesOf(spans: readonly LensSpan[], segments: readonly LensSegment[] = []) {
  const trace: TraceLenses = {
    traceId: '1'.repeat(32),
    xrayTraceId: '',
    pruned: false,
    originMs: 0,
    resources: [],
    spans,
    logs: [],
    segments,
    documents: segments.length,
    occurrences: [],
  }
  return differences(trace, undefined)
}
const wordsOf = (...records: Parameters<typeof differencesOf>) =>
  differencesOf(...records).map(({ what }) => what)

const CONTINUES = 'The request continues a trace of a caller that sends nothing here'
const ORPHANS = '1 span whose parent has not arrived'

describe('a root whose parent never arrived', () => {
  test.each<[string, readonly LensSpan[], string]>([
    [
      'the server span that the request came in by',
      [span({ parentId: 'x' }), span({ id: 'b', parentId: 'a' })],
      CONTINUES,
    ],
    ['a server span below a root that has arrived', [SPAN, span({ id: 'b', parentId: 'x' })], ORPHANS],
    ['a span of a lost parent within the service', [span({ parentId: 'x', kind: 'INTERNAL' })], ORPHANS],
  ])('%s', (_, spans, expected) => {
    const found = wordsOf(spans).filter((what) => what === CONTINUES || what === ORPHANS)
    expect(found).toEqual([expected])
  })

  test('two requests of one caller both are', () => {
    const [found] = differencesOf([span({ parentId: 'x' }), span({ id: 'b', parentId: 'x' })]).filter(
      ({ what }) => what === CONTINUES,
    )
    expect(found).toMatchObject({ ids: ['a', 'b'], isTrouble: false })
  })

  test('a segment of a caller that sends none', () => {
    expect(wordsOf([], [segment({ parentId: 'x' })])).toContain(CONTINUES)
    expect(wordsOf([], [segment({ parentId: 'x', isSubsegment: true })])).not.toContain(CONTINUES)
  })
})

test('a clock that differs is named once, with the services and by how much', () => {
  const early = Array.from({ length: 5 }, (_, index) =>
    span({
      id: `b${index}`,
      parentId: 'a',
      service: 'profiles',
      startMs: index - 1_200,
      endMs: index - 1_150,
    }),
  )
  const found = wordsOf([SPAN, ...early]).filter((what) => /clock|before/.test(what))
  expect(found).toEqual(['The clock of profiles is 1.20 s to 1.25 s behind that of api'])
})

test('spans that begin before their parent in one service are no matter of two clocks', () => {
  const found = wordsOf([SPAN, span({ id: 'b', parentId: 'a', startMs: -50, endMs: 10 })])
  expect(found).toContain('1 span that begin before their parent')
})
