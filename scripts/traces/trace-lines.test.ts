import stringWidth from 'fast-string-width'
import { expect, test } from 'vitest'
import type { RequestRow } from '../../contracts/sandbox/lists.ts'
import {
  failingTrace,
  HOSTILE_TEXT,
  lensSpan,
  lensTrace,
  SHOWN_TRACE_ID,
} from '../../tests/harness/lens-traces.ts'
import { plainText } from '../command-line/styled-lines.ts'
import { traceLines } from './trace-lines.ts'

const PAGE = 'http://localhost:4318'
const textOf = (trace = failingTrace(), more: Partial<Parameters<typeof traceLines>[1]> = {}) =>
  plainText(traceLines(trace, { width: 100, limit: 100, page: PAGE, ...more }))

test.each([60, 100])('a trace at %i columns', async (width) => {
  await expect(textOf(failingTrace(), { width })).toMatchFileSnapshot(`golden/trace-${width}.txt`)
})

test.each(['xray', 'rollbar'] as const)('a trace as %s has it', async (lens) => {
  await expect(textOf(failingTrace(), { lens, width: 80 })).toMatchFileSnapshot(`golden/trace-${lens}.txt`)
})

test('without spans the segments are shown, without both the error; a lens without records says so', () => {
  const trace = failingTrace()
  expect(textOf({ ...trace, spans: [] })).toContain('X-Ray: 3 segments and subsegments')
  expect(textOf({ ...trace, spans: [], segments: [] })).toContain('at load (/app/backend/api/home.ts:13)')
  expect(textOf({ ...trace, segments: [] }, { lens: 'xray' })).toContain('X-Ray has nothing of this request.')
  expect(textOf({ ...trace, occurrences: [] }, { lens: 'rollbar' })).toContain(
    'Rollbar has nothing of this request.',
  )
  expect(textOf(lensTrace({ pruned: true }))).toContain('partly pruned')
})

test('hundreds of errors, log records and differences are bounded, and counted', () => {
  const trace = failingTrace()
  const many = <Item>(items: readonly Item[], count: number) =>
    Array.from({ length: count }, () => items[0] as Item)
  const logs = many(trace.logs, 500).map((log, index) => ({
    ...log,
    severityNumber: index === 400 ? 21 : 9,
    body: `line ${index}`,
  }))
  const lines = textOf({ ...trace, occurrences: many(trace.occurrences, 40), logs }).split('\n')
  expect(lines.length).toBeLessThan(90)
  expect(lines).toContain('Log records: 500, the most severe ones')
  expect(lines.join('\n')).toContain('line 400')
  expect(lines).toContain('  … 480 more records')
  expect(lines).toContain('  … 35 more occurrences')
})

test.each([40, 57, 80, 200])('no line is longer than %i columns, whatever was sent', (width) => {
  const trace = failingTrace()
  const hostile = {
    ...trace,
    spans: trace.spans.map((span) => ({
      ...span,
      name: `${span.name}${HOSTILE_TEXT}`,
      service: `${span.service}${HOSTILE_TEXT}`,
    })),
    logs: trace.logs.map((log) => ({
      ...log,
      body: { [HOSTILE_TEXT]: HOSTILE_TEXT },
      severity: HOSTILE_TEXT,
    })),
    occurrences: trace.occurrences.map((occurrence) => ({
      ...occurrence,
      uuid: HOSTILE_TEXT,
      data: { level: HOSTILE_TEXT, title: HOSTILE_TEXT.repeat(100), environment: HOSTILE_TEXT },
    })),
  }
  for (const lens of ['honeycomb', 'xray', 'rollbar'] as const) {
    const text = textOf(hostile, { width, lens })
    expect(text).not.toMatch(/[^\n\P{Cc}]|[\p{Cf}\p{Zl}]/u)
    // Ids and links stay whole.
    const lines = text.split('\n').filter((line) => !/^(Trace|X-Ray) |^ *http/.test(line))
    expect(lines.filter((line) => stringWidth(line) > width)).toEqual([])
  }
})

test('a trace of one span has no critical path beside it', () => {
  const text = textOf(lensTrace({ spans: [lensSpan('one', '', [0, 10])] }))
  expect(text).not.toContain('Critical path')
  expect(text).toContain('Honeycomb 1 span · X-Ray nothing · Rollbar nothing')
})

test('a request that X-Ray has under another id is not called lost, and an error without an id is named', () => {
  const spans = [lensSpan('one', '', [0, 10])]
  const twin = {
    ...{
      honeycomb: SHOWN_TRACE_ID,
      xray: 'b'.repeat(32),
      service: 'api',
      segmentName: 'api',
      request: 'GET /',
      status: null,
    },
    ...{ startMs: 0, startApartMs: 1, endApartMs: -1, row: {} as RequestRow },
  }
  const errors = [{ id: 1, itemId: 7, title: 'KeyError', timestampS: 0, isSeveral: false }]
  const text = textOf(lensTrace({ spans }), { twins: { twins: [twin], several: [], errors } })
  expect(text).toContain('b'.repeat(32))
  expect(text).toContain('docs/your-app/two-rows.md#make-it-one')
  expect(text).toContain('item 7 (KeyError)')
  expect(text).not.toMatch(/nothing of this request|doctor/)
})
