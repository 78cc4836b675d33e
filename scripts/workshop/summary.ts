import type { Terminal } from '../command-line/terminal.ts'
import type { Standing, Standings } from './progress.ts'
import type { SentCounts } from './progress-file.ts'

/** What a learner may do with it the next day, in the order of effort. */
const AT_WORK = [
  'Look at one request of one service: copy backend/telemetry/ into it, as backend/telemetry/README.md says.',
  'Give the service its name, and its most important work a span with the attributes that you would ask by.',
  'Put the trace id into the log lines and into the error tracker, so that each leads to the others.',
  'Write down what must never be in telemetry. Send a made-up value of it, and search everything that was stored.',
  'When something is slow, ask: which route, then what the slow ones have in common, then how one of them differs from a fast one.',
  'Show a colleague one trace of your own service, and let them ask the next question.',
]
const MINUTE_MS = 60_000
const HOUR_MINUTES = 60
const DAY_MINUTES = 24 * HOUR_MINUTES

/** The end of the workshop: what the learner has sent, found and asked, and what to do next. */
export function showSummary({ chapters, startedAt, sent }: Standings, terminal: Terminal): void {
  const done = chapters.filter(({ state }) => state === 'passed' || state === 'earlier')
  terminal.heading('You have finished the workshop')
  terminal.line(
    `  ${done.length} of ${chapters.length} chapters passed, ${timeOf(done, startedAt)}.${missesOf(chapters)}`,
  )
  if (sent) {
    terminal.heading('What you have sent')
    for (const line of sentLines(sent)) terminal.line(`  ${line}`)
  }
  terminal.heading('What you have found and asked')
  for (const { chapter, met } of done) {
    // A condition that could not be judged tells nothing about the learner.
    const finding = met.find(({ name, isChecked }) => isChecked && name === chapter.finding)
    if (finding) terminal.line(`  ${String(chapter.number).padStart(2)}  ${chapter.finding}: ${finding.saw}`)
  }
  terminal.heading('At work tomorrow')
  for (const [index, step] of AT_WORK.entries()) terminal.line(`  ${index + 1}. ${step}`)
}

/** How long it took: from the first check until the last chapter passed for the first time. */
function timeOf(done: readonly Standing[], startedAt: string): string {
  const start = Date.parse(startedAt)
  const last = Math.max(start, ...done.map(({ at = startedAt }) => Date.parse(at)))
  const minutes = Math.max(1, Math.round((last - start) / MINUTE_MS))
  if (minutes >= DAY_MINUTES)
    return `from ${startedAt.slice(0, 10)} to ${new Date(last).toISOString().slice(0, 10)}`
  const hours = Math.floor(minutes / HOUR_MINUTES)
  return `in ${hours > 0 ? `${hours} h ` : ''}${minutes % HOUR_MINUTES} min`
}

function missesOf(chapters: readonly Standing[]): string {
  const tries = chapters.reduce((sum, standing) => sum + standing.tries, 0)
  return tries === 0 ? '' : ` ${tries === 1 ? 'One check' : `${tries} checks`} did not pass on the way.`
}

function sentLines({ requests, spans, segments, logs, metricPoints, occurrences }: SentCounts): string[] {
  return [
    `${countOf(requests, 'trace')}: ${countOf(spans, 'span')} in Honeycomb, ${countOf(segments, 'segment')} in X-Ray`,
    `${countOf(logs, 'log record')} and ${countOf(metricPoints, 'metric point')}`,
    `${countOf(occurrences, 'error')} in Rollbar`,
  ]
}

/** `1 trace`, `1,234 traces` */
function countOf(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`
}
