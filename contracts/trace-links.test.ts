import { describe, expect, test } from 'vitest'
import type { QueryInput } from './sandbox/query.ts'
import { ALL_DATASETS } from './sandbox/query-words.ts'
import {
  honeycombQueryLink,
  honeycombTraceUrl,
  rollbarOccurrenceUrl,
  sandboxTraceUrl,
  xrayFilterUrl,
  xrayTraceUrl,
} from './trace-links.ts'

const ID = '6921f3a00123456789abcdef01234567'

const TEAM = {
  ui: 'https://ui.honeycomb.io',
  team: 'my-team',
  environment: 'test',
  dataset: 'Cruddur Backend',
}
const CLASSIC = { ui: 'https://ui.eu1.honeycomb.io', team: 't', dataset: 'd' }
const TIME = { startMs: 1_763_800_000_400, endMs: 1_763_800_001_100 }

test.each([
  [
    'a trace at Honeycomb has team, environment, dataset and time',
    honeycombTraceUrl(TEAM, ID, TIME),
    `https://ui.honeycomb.io/my-team/environments/test/datasets/cruddur-backend/trace?trace_id=${ID}&trace_start_ts=1763800000&trace_end_ts=1763800002`,
  ],
  [
    'a trace at Honeycomb Classic has no environment',
    honeycombTraceUrl(CLASSIC, ID),
    `https://ui.eu1.honeycomb.io/t/datasets/d/trace?trace_id=${ID}`,
  ],
  [
    'a trace at X-Ray has the region and X-Ray’s notation',
    xrayTraceUrl('eu-west-1', ID),
    'https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1#xray:traces/1-6921f3a0-0123456789abcdef01234567',
  ],
  [
    'a filter expression at X-Ray covers six hours',
    xrayFilterUrl('us-west-2', 'service("api") { fault }'),
    'https://us-west-2.console.aws.amazon.com/xray/home?region=us-west-2#/traces?timeRange=PT6H&filter=service(%22api%22)%20%7B%20fault%20%7D',
  ],
  [
    'a filter expression at X-Ray has the time of the list',
    xrayFilterUrl('us-west-2', '', TIME),
    'https://us-west-2.console.aws.amazon.com/xray/home?region=us-west-2#/traces?timeRange=2025-11-22T08:26:40~2025-11-22T08:26:42',
  ],
  [
    'a filter expression at X-Ray has no time that the console cannot show',
    xrayFilterUrl('us-west-2', '', { startMs: 9e15, endMs: 9e15 + 1 }),
    'https://us-west-2.console.aws.amazon.com/xray/home?region=us-west-2#/traces?timeRange=PT6H',
  ],
  [
    'an error at Rollbar names the occurrence',
    rollbarOccurrenceUrl('8d9e-1'),
    'https://rollbar.com/occurrence/uuid/?uuid=8d9e-1',
  ],
  [
    'a trace in the sandbox names the lens',
    sandboxTraceUrl('http://127.0.0.1:4318', ID, 'xray'),
    `http://127.0.0.1:4318/trace/${ID}#xray`,
  ],
])('the link to %s', (_what, link, expected) => {
  expect(link).toBe(expected)
})

describe('the link to a question at Honeycomb', () => {
  const QUESTION: QueryInput = {
    calculations: [{ op: 'P95', column: 'duration_ms' }],
    filters: [{ column: 'app.user.plan', op: '=', value: 'a+b & "c" #1' }],
    breakdowns: ['name'],
    time_range: 600,
  }
  const queryOf = (link: string | undefined) => new URL(link ?? '').searchParams.get('query') ?? ''
  const addressOf = (link: string | undefined) => link?.split('?')[0]

  test('is the address of a dataset and the specification as JSON', () => {
    const link = honeycombQueryLink(TEAM, QUESTION)
    expect(addressOf(link)).toBe('https://ui.honeycomb.io/my-team/environments/test/datasets/cruddur-backend')
    expect(JSON.parse(queryOf(link))).toEqual(QUESTION)
  })

  test('writes a space as %20 and a plus sign as %2B', () => {
    expect(honeycombQueryLink(CLASSIC, QUESTION)).toContain('a%2Bb%20%26%20%5C%22c%5C%22%20%231')
  })

  test('leaves out what Honeycomb sets itself', () => {
    expect(queryOf(honeycombQueryLink(TEAM, { id: 'x', limit: 5, orders: undefined }))).toBe('{"limit":5}')
  })

  test('is the address of the environment for all datasets', () => {
    const link = honeycombQueryLink({ ...TEAM, dataset: ALL_DATASETS }, {})
    expect(link).toBe('https://ui.honeycomb.io/my-team/environments/test?query=%7B%7D')
  })

  test('does not exist for all datasets of Classic', () => {
    expect(honeycombQueryLink({ ...CLASSIC, dataset: ALL_DATASETS }, {})).toBeUndefined()
    expect(addressOf(honeycombQueryLink(CLASSIC, {}))).toBe('https://ui.eu1.honeycomb.io/t/datasets/d')
  })
})
