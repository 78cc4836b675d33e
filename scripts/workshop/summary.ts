import type { Terminal } from '../command-line/terminal.ts'
import type { Standings } from './progress.ts'

/** What a learner may do with it the next day, in the order of effort. */
const AT_WORK = [
  'Copy backend/telemetry/ into one service, and look at one of its requests (backend/telemetry/README.md).',
  'Name the service, and give its most important work a span with the attributes that you would ask by.',
  'Put the trace id into the service’s log lines, and into its error tracker.',
  'Decide what must not be in telemetry, and search it for a canary.',
  'When something is slow: ask by route, then by what the slow requests have in common, then compare two traces.',
]

/** The end of the workshop: what the learner has sent, found and asked, and what to do next. */
export function showSummary({ chapters, startedAt, sent }: Standings, terminal: Terminal): void {
  const done = chapters.filter(({ state }) => state === 'passed' || state === 'earlier')
  const last = Math.max(...done.map(({ at = startedAt }) => Date.parse(at)))
  const minutes = Math.max(1, Math.round((last - Date.parse(startedAt)) / 60_000))
  terminal.heading('You have finished the workshop')
  terminal.line(
    `  ${done.length} of ${chapters.length} chapters, ${minutes} minutes from the first check to the last.`,
  )
  if (sent) {
    terminal.line(
      `  Sent: ${sent.requests} traces with ${sent.spans} spans and ${sent.segments} segments, ${sent.logs} log records, ${sent.metricPoints} metric points, ${sent.occurrences} errors.`,
    )
  }
  terminal.heading('What you have found and asked')
  for (const { chapter, saw } of done) {
    const line = saw.at(-1)
    if (line) terminal.line(`  ${String(chapter.number).padStart(2)}  ${line}`)
  }
  terminal.heading('At work tomorrow')
  for (const [index, step] of AT_WORK.entries()) terminal.line(`  ${index + 1}. ${step}`)
}
