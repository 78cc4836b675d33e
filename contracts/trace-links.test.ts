import { describe, expect, test } from 'vitest'
import { honeycombTraceUrl, rollbarOccurrenceUrl, sandboxTraceUrl, xrayTraceUrl } from './trace-links.ts'

const ID = '6921f3a00123456789abcdef01234567'

describe('the link to a trace', () => {
  test('at Honeycomb carries team, environment, dataset and time', () => {
    const place = {
      ui: 'https://ui.honeycomb.io',
      team: 'my-team',
      environment: 'test',
      dataset: 'Cruddur Backend',
    }
    expect(honeycombTraceUrl(place, ID, { startMs: 1_763_800_000_400, endMs: 1_763_800_001_100 })).toBe(
      `https://ui.honeycomb.io/my-team/environments/test/datasets/cruddur-backend/trace?trace_id=${ID}&trace_start_ts=1763800000&trace_end_ts=1763800002`,
    )
  })

  test('at Honeycomb Classic has no environment', () => {
    const place = { ui: 'https://ui.eu1.honeycomb.io', team: 't', dataset: 'd' }
    expect(honeycombTraceUrl(place, ID)).toBe(`https://ui.eu1.honeycomb.io/t/datasets/d/trace?trace_id=${ID}`)
  })

  test('at X-Ray is in X-Ray’s notation and region', () => {
    expect(xrayTraceUrl('eu-west-1', ID)).toBe(
      'https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1#xray:traces/1-6921f3a0-0123456789abcdef01234567',
    )
  })

  test('at Rollbar is the occurrence', () => {
    expect(rollbarOccurrenceUrl('8d9e-1')).toBe('https://rollbar.com/occurrence/uuid/?uuid=8d9e-1')
  })

  test('in the sandbox opens the lens', () => {
    expect(sandboxTraceUrl('http://127.0.0.1:4318', ID, 'xray')).toBe(
      `http://127.0.0.1:4318/trace/${ID}#xray`,
    )
  })
})
