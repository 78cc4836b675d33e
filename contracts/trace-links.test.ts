import { expect, test } from 'vitest'
import { honeycombTraceUrl, rollbarOccurrenceUrl, sandboxTraceUrl, xrayTraceUrl } from './trace-links.ts'

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
