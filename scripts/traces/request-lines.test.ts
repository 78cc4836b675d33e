import stringWidth from 'fast-string-width'
import { expect, test } from 'vitest'
import type { RequestRow } from '../../contracts/sandbox/lists.ts'
import { HOSTILE_TEXT, SHOWN_TRACE_ID, TODAY_MS } from '../../tests/harness/lens-traces.ts'
import { plainText } from '../command-line/styled-lines.ts'
import { type FoundRequests, foundLines, requestLine } from './request-lines.ts'

const row = (more: Partial<RequestRow> = {}): RequestRow => ({
  ...{
    traceId: SHOWN_TRACE_ID,
    startMs: TODAY_MS,
    durationMs: 492.3,
    name: 'GET /api/activities/home',
    status: 200,
  },
  ...{
    services: ['api', 'profiles'],
    spans: 4,
    segments: 3,
    items: 0,
    error: false,
    pruned: false,
    place: '1_1',
  },
  ...more,
})
const found = (more: Partial<FoundRequests> = {}): FoundRequests => ({
  ...{ requests: [row()], next: null, matching: 1, stored: 9, isComplete: true, likeRoutes: [] },
  ...more,
})
const again = (cursor: string) => `--after ${cursor}`
const textOf = (given: FoundRequests, width = 80) => plainText(foundLines(given, width, again))

test('a request is one line', () => {
  expect([40, 60, 80, 120].map((width) => plainText([requestLine(row(), width)]))).toEqual([
    '200    492 ms  GET /api…  6b03338a3466b3\n',
    '12:31:05  200    492 ms  GET /api/activitie…  6b03338a3466b3\n',
    '12:31:05  200    492 ms  H4 X3 R–     GET /api/activities/home    6b03338a3466b3\n',
    `12:31:05  200    492 ms  H4 X3 R–     GET /api/activities/home              2 services  ${SHOWN_TRACE_ID}\n`,
  ])
})

test('a list says how many more there are, and how to list them', () => {
  expect(textOf(found({ next: '17_3', matching: 1_234, stored: 5_000 }))).toMatch(
    /\n\n1 of 1,234 matching requests, 5,000 stored.\nMore: --after 17_3\n$/,
  )
  expect(textOf(found({ isComplete: false }))).toContain('1 of at least 1 matching request')
})

test('an empty list says whether anything is stored', () => {
  expect(textOf(found({ requests: [], matching: 0 }))).toBe(
    'No request matches. 9 are stored. Leave out a filter to see other requests.\n',
  )
  const like = found({ requests: [], matching: 0, likeRoutes: ['GET /api/home'] })
  expect(textOf(like)).toContain('  --route "GET /api/home"')
  expect(textOf(found({ requests: [], matching: 0, stored: 0 }))).toContain('npm run verify')
})

test('whatever was sent, a request is one line of the terminal', () => {
  const hostile = row({
    name: HOSTILE_TEXT.repeat(100),
    services: [HOSTILE_TEXT],
    spans: 1_234_567,
    durationMs: 1e12,
    startMs: 0,
  })
  for (const width of [40, 60, 80, 119, 120, 200]) {
    const line = plainText([requestLine(hostile, width)])
    expect(stringWidth(line)).toBeLessThanOrEqual(width)
    expect(line).toMatch(/^[^\p{Cc}\p{Cf}]*\n$/u)
  }
})
