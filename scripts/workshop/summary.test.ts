import { expect, test } from 'vitest'
import { CHAPTERS } from '../../workshop/chapters.ts'
import { silentTerminal } from '../command-line/terminal.ts'
import type { Standing, Standings } from './progress.ts'
import { showSummary } from './summary.ts'

const SENT = {
  requests: 1_234,
  spans: 5_678,
  segments: 3_210,
  logs: 2_000,
  metricPoints: 90_000,
  occurrences: 1,
}
const RESULT = { passed: true, met: [], traceIds: [] }

function standing(number: number, fields: Partial<Standing> = {}): Standing {
  const chapter = CHAPTERS[number - 1]
  if (!chapter) throw new Error(`There is no chapter ${number}.`)
  const met = chapter.conditions.map((name, index) => ({
    name,
    saw: `what ${number}.${index + 1} saw`,
    isChecked: true,
  }))
  const at = '2026-11-26T19:35:00.000Z'
  return { chapter, state: 'earlier', result: RESULT, at, traceIds: [], met, tries: 0, ...fields }
}

/** What the condition that the summary repeats has seen. */
function found(number: number, saw: string, isChecked = true): Partial<Standing> {
  return { met: [{ name: CHAPTERS[number - 1]?.finding ?? '', saw, isChecked }] }
}

function shown(fields: Partial<Standings>): string[] {
  const lines: string[] = []
  const terminal = {
    ...silentTerminal(),
    line: (text = '') => void lines.push(text),
    heading: (text: string) => void lines.push(`# ${text}`),
  }
  const startedAt = '2026-11-26T17:00:00.000Z'
  showSummary({ chapters: [], startedAt, sent: undefined, warnings: [], ...fields }, terminal)
  return lines
}

test('the summary says what was sent, found and asked, and what to do at work', () => {
  const chapters = [
    standing(1, found(1, '13.8 ms, of which the profiles service worked 1.7 ms')),
    standing(2, { state: 'passed', at: '2026-11-26T20:01:00.000Z', tries: 3 }),
    standing(7, found(7, 'not checked: your providers do not let it be read back', false)),
    standing(10, { state: 'optional', at: undefined, met: [], tries: 1 }),
  ]
  expect(shown({ chapters, sent: SENT })).toEqual([
    '# You have finished the workshop',
    '  3 of 4 chapters passed, in 3 h 1 min. 4 checks did not pass on the way.',
    '# What you have sent',
    '  1,234 traces: 5,678 spans in Honeycomb, 3,210 segments in X-Ray',
    '  2,000 log records and 90,000 metric points',
    '  1 error in Rollbar',
    '# What you have found and asked',
    '   1  how long the api waited for the profiles service: 13.8 ms, of which the profiles service worked 1.7 ms',
    '   2  the span for which the api waited longest: what 2.3 saw',
    '# At work tomorrow',
    '  1. Look at one request of one service: copy backend/telemetry/ into it, as backend/telemetry/README.md says.',
    '  2. Give the service its name, and its most important work a span with the attributes that you would ask by.',
    '  3. Put the trace id into the log lines and into the error tracker, so that each leads to the others.',
    '  4. Write down what must never be in telemetry. Send a made-up value of it, and search everything that was stored.',
    '  5. When something is slow, ask: which route, then what the slow ones have in common, then how one of them differs from a fast one.',
    '  6. Show a colleague one trace of your own service, and let them ask the next question.',
  ])
})

test('an evening is told in hours, several days by their dates', () => {
  const after = (at: string) => shown({ chapters: [standing(1, { at })] })[1]
  expect(after('2026-11-26T17:00:10.000Z')).toBe('  1 of 1 chapters passed, in 1 min.')
  expect(after('2026-11-26T19:00:00.000Z')).toBe('  1 of 1 chapters passed, in 2 h 0 min.')
  expect(after('2026-11-28T09:00:00.000Z')).toBe('  1 of 1 chapters passed, from 2026-11-26 to 2026-11-28.')
})

test('every chapter has the condition that the summary repeats', () => {
  for (const { conditions, finding } of CHAPTERS) expect(conditions).toContain(finding)
})
